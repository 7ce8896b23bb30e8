"""Words for the sentence templates: people, places and things that suggest no genre."""

WORDS: dict[str, list[str]] = {
    "first_f": (
        "Ada Agnes Alma Beatriz Bettina Carmel Cleo Constance Delphine Dora Edda Elif Esme Fenna "
        "Flora Greta Hana Hester Ida Ilse Ines Jolanda June Kirsi Leonie Lotte Mabel Maren Mina "
        "Nadia Noor Odile Olive Paloma Petra Philippa Rosa Ruth Saskia Sunniva Tamsin Thea Ursula "
        "Vera Wanda Winifred Yara Zelda"
    ).split(),
    "first_m": (
        "Abel Ambrose Anselm Arno Bartholomew Basil Caspar Cyril Dario Edmund Emil Ezra Fabian "
        "Felix Gideon Gustav Harun Hector Hugo Ignatius Ivo Jasper Jonas Kofi Lars Leopold Linus "
        "Magnus Mateo Milo Nils Oleg Orson Oskar Otto Pascal Piet Quentin Rafael Rufus Samir Silas "
        "Tobias Umberto Viktor Wendell Yusuf Zoltan"
    ).split(),
    "last": (
        "Abernathy Ashgrove Balint Barrow Brandt Calloway Crumb Dask Delacroix Drummond Eklund "
        "Falk Farrow Gantry Grimshaw Halloran Hawthorn Holm Ibarra Jessop Kestrel Kolar Larkspur "
        "Lindqvist Marchetti Merriweather Mossop Nakamura Novak Oakes Okafor Pemberton Pike Quill "
        "Ravn Roux Sallow Sandoval Skerry Stroud Tallis Thorne Umber Vance Varga Whitlock Wick "
        "Yarrow Zielinski"
    ).split(),
    "town": (
        "Aldermere Amberley_Sound Bexholm Blackwater_Bend Brindle Cape_Sorrow Cinder_Falls "
        "Copperhead Dunmarrow Eastwick_Row Fallow_Creek Ferrowe Gallows_Point Glasshaven Grimsel "
        "Harrow_Bay Hollin Isk Juniper_Flats Kelm Lantern_Quay Little_Moor Lowen Marrowgate "
        "Nettlebridge New_Carthia Nine_Wells Oldacre Ossery Pale_Harbour Pell_Mere Quarrel_Hill "
        "Redwater Saint_Orla Saltmarsh Sorrel Tanglewood Tarn Thistledown Umberfield Vesper "
        "Verrin West_Harm Winterslow Yarmouth_Deep Zell"
    ).replace("_", "~").split(),
    "trade": [
        "piano tuner", "night baker", "retired schoolteacher", "court stenographer", "beekeeper",
        "bus driver", "locksmith", "wedding photographer", "ferry pilot", "librarian",
        "clock repairer", "map seller", "failed magician", "travelling dentist", "undertaker",
        "postal clerk", "translator", "cartographer", "vet", "radio announcer", "lift engineer",
        "tailor", "substitute teacher", "weather forecaster", "pastry cook", "bridge inspector",
        "archivist", "taxi driver", "seamstress", "country doctor", "accordion player",
        "insurance clerk", "swimming teacher", "botanist", "projectionist", "stonemason",
        "crossword setter", "lighthouse keeper", "nurse", "auctioneer",
    ],
    "temper": [
        "cautious", "stubborn", "lonely", "quick-tongued", "newly divorced", "sleepless",
        "penniless", "widowed", "absent-minded", "proud", "disgraced", "gentle", "restless",
        "superstitious", "short-sighted", "over-qualified", "soft-spoken", "unlucky", "hopeful",
        "recently retired", "impatient", "shy", "forgetful", "honest",
    ],
    "where": [
        "in {town}", "in the town of {town}", "on the outskirts of {town}", "at the edge of {town}",
        "in rain-washed {town}", "in the hills above {town}", "in the old quarter of {town}",
        "in a quiet quarter of {town}", "by the harbour of {town}",
    ],
    "thing": [
        "a locked piano", "a suitcase of letters", "a photograph of a stranger", "a brass key",
        "an unsigned will", "half a map", "a music box", "a box of unpaid bills", "an old camera",
        "a ticket for a train that no longer runs", "a red notebook", "a broken watch",
        "a recipe in an unknown hand", "three glass eyes", "a cage without a bird",
        "a dress that was never worn", "a tin of buttons", "a house key without a house",
    ],
    "kin": [
        "sister", "brother", "father", "mother", "grandmother", "uncle", "aunt", "cousin",
        "godfather", "stepmother", "twin", "daughter", "son",
    ],
    "season": [
        "one winter", "over a single summer", "in the last week of autumn", "during a heatwave",
        "between two storms", "in the year of the great flood", "on the longest night of the year",
        "one rainy spring", "during the harvest",
    ],
    "virtue": [
        "courage", "patience", "forgiveness", "honesty", "trust", "loyalty", "luck", "mercy",
    ],
}  # fmt: skip
# Names of two words are kept whole while the lists are split at their spaces.
WORDS["town"] = [town.replace("~", " ") for town in WORDS["town"]]
