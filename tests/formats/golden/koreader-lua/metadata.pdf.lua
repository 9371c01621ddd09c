-- we can read Lua syntax here!
return {
    ["bookmarks"] = {
        [1] = {
            ["chapter"] = "Winds",
            ["datetime"] = "2021-03-09 18:22:10",
            ["highlighted"] = true,
            ["notes"] = "The north wind keeps no diary.",
            ["page"] = 12,
            ["pos0"] = "/body/p[1]/text().0",
            ["pos1"] = "/body/p[1]/text().30",
            ["text"] = "Page 12 The north wind keeps no diary. @ 2021-03-09 18:22:10",
        },
        [2] = {
            ["chapter"] = "Winds",
            ["datetime"] = "2021-03-09 18:30:00",
            ["highlighted"] = true,
            ["notes"] = "Sailors name what they fear.",
            ["page"] = 14,
            ["pos0"] = "/body/p[4]/text().0",
            ["pos1"] = "/body/p[4]/text().28",
            ["text"] = "And what they love? #names",
        },
        [3] = {
            ["chapter"] = "Tides",
            ["datetime"] = "2021-03-10 09:00:00",
            ["notes"] = "in Tides",
            ["page"] = 20,
        },
        [4] = {
            ["datetime"] = "2021-03-11 09:00:00",
            ["notes"] = "in Tides",
            ["page"] = 22,
            ["text"] = "Continue here",
        },
    },
    ["highlight"] = {
        [14] = {
            [1] = {
                ["chapter"] = "Winds",
                ["datetime"] = "2021-03-09 18:30:00",
                ["drawer"] = "strikeout",
                ["pos0"] = "/body/p[4]/text().0",
                ["pos1"] = "/body/p[4]/text().28",
                ["text"] = "Sailors name what they fear.",
            },
        },
        [12] = {
            [1] = {
                ["chapter"] = "Winds",
                ["datetime"] = "2021-03-09 18:22:10",
                ["drawer"] = "lighten",
                ["pos0"] = "/body/p[1]/text().0",
                ["pos1"] = "/body/p[1]/text().30",
                ["text"] = "The north wind keeps no diary.",
            },
            [2] = {
                ["datetime"] = "2021-03-09 18:25:00",
                ["drawer"] = "lighten",
                ["text"] = "A highlight that no bookmark tells of.",
            },
        },
    },
    ["doc_props"] = {},
    ["stats"] = {
        ["authors"] = "Petra Nilsen",
        ["language"] = "nb",
        ["title"] = "A Grammar of Winds",
    },
}
