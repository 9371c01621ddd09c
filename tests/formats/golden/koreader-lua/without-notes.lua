-- /storage/Untitled Notes.sdr/metadata.epub.lua
return {
    ["percent_finished"] = 1,
    ["doc_props"] = {},
}
