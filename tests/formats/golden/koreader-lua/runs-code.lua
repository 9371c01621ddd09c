return {
    ["annotations"] = {
        [1] = { ["text"] = os.date() },
    },
}
