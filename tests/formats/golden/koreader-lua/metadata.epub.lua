-- /mnt/onboard/Marlow, Ida/The Salt Ledger - Ida Marlow.sdr/metadata.epub.lua
return {
    ["annotations"] = {
        [1] = {
            ["chapter"] = "The Harbour",
            ["color"] = "yellow",
            ["datetime"] = "2024-06-02 21:14:07",
            ["drawer"] = "lighten",
            ["page"] = "/body/DocFragment[4]/body/p[3]/text().12",
            ["pageno"] = 17,
            ["pos0"] = "/body/DocFragment[4]/body/p[3]/text().12",
            ["pos1"] = "/body/DocFragment[4]/body/p[3]/text().88",
            ["text"] = "Every ledger begins with a debt that nobody remembers signing.",
        },
        [2] = {
            ["chapter"] = "The Harbour",
            ["color"] = "gray",
            ["datetime"] = "2024-06-02 21:20:40",
            ["datetime_updated"] = "2024-06-03 08:01:02",
            ["drawer"] = "underscore",
            ["note"] = "Compare with the opening. #debt\
Second line of the note.",
            ["page"] = "/body/DocFragment[4]/body/p[9]/text().0",
            ["pageno"] = 19,
            ["pageref"] = "xii",
            ["pos0"] = "/body/DocFragment[4]/body/p[9]/text().0",
            ["pos1"] = "/body/DocFragment[4]/body/p[9]/text().31",
            ["text"] = "She counted the gulls \"twice\".",
        },
        [3] = {
            ["chapter"] = "The Long Quay",
            ["datetime"] = "2024-06-04 07:45:00",
            ["page"] = "/body/DocFragment[5]/body/p[1]/text().0",
            ["pageno"] = 31,
            ["text"] = "in The Long Quay",
        },
        [4] = {
            ["datetime"] = "2024-06-05 10:00:00",
            ["drawer"] = "invert",
            ["page"] = 44,
            ["pageno"] = 44,
            ["pos0"] = {
                ["page"] = 44,
                ["x"] = 10.5,
                ["y"] = -3,
            },
            ["pos1"] = {
                ["page"] = 44,
                ["x"] = 80,
                ["y"] = 12,
            },
            ["text"] = "",
        },
    },
    ["doc_pages"] = 212,
    ["doc_path"] = "/mnt/onboard/Marlow, Ida/The Salt Ledger - Ida Marlow.epub",
    ["doc_props"] = {
        ["authors"] = "Ida Marlow\
Tomas Reed",
        ["identifiers"] = "uuid:0b1c2d3e-0000-4000-8000-000000000001\
ISBN:9780000000002",
        ["language"] = "en",
        ["title"] = "The Salt Ledger",
    },
    ["percent_finished"] = 0.21,
    ["summary"] = {
        ["status"] = "reading",
    },
}
