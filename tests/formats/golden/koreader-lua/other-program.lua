-- settings of another program
return {
    ["colour"] = "blue",
}
