"""Sentence templates that hint at genres, one or two genres each."""

# Each hint: its genres and its template. Hints of Thriller and Sci-Fi are shared with other genres
# on purpose, as their posters are.
HINTS: tuple[tuple[str, str], ...] = (
    (
        "Action",
        "With [an hour|one night|half a tank of fuel] left, {they} must [fight|drive|blast] {their} way [out of the tower|across the bridge|through {villain}'s private army].",
    ),
    (
        "Action",
        "[Armed with|Left with] little but [a crowbar|a stolen van|a grudge], {hero} takes on {villain}'s [mercenaries|men|convoy] [one by one|floor by floor|at full speed].",
    ),
    (
        "Action Adventure",
        "What follows is a [breakneck|headlong] race [over rooftops|down a frozen river|by plane, train and mule] with [rivals|mercenaries] close behind.",
    ),
    (
        "Action Thriller",
        "[Framed and on the run|Betrayed by {their} own unit], {hero} has until [dawn|midnight|Friday] to [stop the convoy|disarm the device|reach the border].",
    ),
    (
        "Action War",
        "Soon {they} [is leading|joins] a [rescue|raid] behind [the lines|the blockade], outnumbered [ten to one|and out of ammunition].",
    ),
    (
        "Action Western",
        "{They} has [six bullets|one horse|until noon], and {villain}'s [gang|riders] number [eleven|twenty|more than {they} can count].",
    ),
    (
        "Adventure",
        "The trail leads [up an unmapped river|across the ice|through nine jungles|under the desert] to a [temple|wreck|valley] that [should not exist|only {other} believes in].",
    ),
    (
        "Adventure",
        "Together with {other} and a [mutinous|seasick|bickering] crew, {they} sails [off the edge of the chart|for the drowned islands|after a treasure].",
    ),
    (
        "Adventure Fantasy",
        "To [undo the damage|bring back the summer], {they} must carry {thing} [beyond the last mountain|to the end of the known world], [as foretold|on foot].",
    ),
    (
        "Adventure Family",
        "A [stowaway|talking parrot|runaway goat] joins the expedition, and the [map|treasure] turns out to be [edible|upside down|somebody's homework].",
    ),
    (
        "Adventure Western",
        "The [wagon trail|pass] is [snowed in|long], the guide is [drunk|lying], and the gold is [cursed|on the other side of the canyon].",
    ),
    (
        "Animation Family",
        "With the help of [a nervous hedgehog|a very small cloud|a choir of frogs], {they} learns to [fly|listen|share] [just in time for the great parade|before the bell tolls].",
    ),
    (
        "Animation Fantasy",
        "But the [toys|teapots|shadows] of {town} [come alive at night|have opinions], and they [need a hero|have elected {hero} king].",
    ),
    (
        "Animation Comedy",
        "Disguised as a [penguin|lamp post|cabbage], {they} [storms the palace kitchen|sets out to save the zoo|befriends the dragon next door].",
    ),
    (
        "Comedy",
        "One [small lie|misprint|borrowed goose] later, {they} is [engaged to the mayor|the face of a toothpaste|running for office], and [nobody will listen|it is only Tuesday].",
    ),
    (
        "Comedy",
        "Things go [from bad to ridiculous|hilariously wrong] when {their} [ex|mother-in-law|landlord] [moves in|enters the same contest|turns out to be the caterer].",
    ),
    (
        "Comedy",
        "Hoping to impress {other}, {hero} pretends to be a [count|surgeon|vegan], with [disastrous|sticky] results.",
    ),
    (
        "Comedy Romance",
        "{They} hires {other} as a [fake fiance|stand-in date] for the wedding, and [neither can dance|both forget to pretend].",
    ),
    (
        "Comedy Crime",
        "The [heist|robbery] would be perfect if the [getaway driver could drive|safe were not full of cheese|gang could agree on a name].",
    ),
    (
        "Comedy Family",
        "Now the whole clumsy family has one [weekend|holiday] to [hide a llama|win the bake-off|fix the roof].",
    ),
    (
        "Comedy Horror",
        "The [undead|vampires|ghouls] next door are [terrible neighbours|surprisingly good cooks], and they [never return the mower|want {hero} in the band].",
    ),
    (
        "Crime",
        "[The money|A bag of uncut diamonds|The ledger] goes missing, and [boss {villain}|the {villain} family|every crook in the harbour] wants {hero} to pay.",
    ),
    (
        "Crime",
        "{They} [launders|counts|carries] money for the {villain} family, until [a raid|a wiretap|an honest cop] [forces a choice|goes wrong].",
    ),
    (
        "Crime",
        "Out of prison after nine years, {other} [wants {their} share|plans one last job|has names to give].",
    ),
    (
        "Crime Drama",
        "Between [a corrupt precinct|the syndicate] and [a son in trouble|a dying parent], {they} [sells out a friend|starts to skim from the till].",
    ),
    (
        "Crime Mystery",
        "Detective {villain} reopens the [case|murder file], and [every alibi|each witness] points to [a different suspect|the same locked room].",
    ),
    (
        "Crime Thriller",
        "A [witness|informer] is [found dead|missing], and whoever paid for it [now knows {hero}'s address|wears a badge].",
    ),
    (
        "Crime Action",
        "When the [deal|handover] goes bad, {they} [shoots|drives] {their} way out and [turns on|hunts down] the {villain} cartel.",
    ),
    (
        "Drama",
        "[Grief|An illness|The debt] [slowly|quietly] [comes between them|draws them together], and {hero} has to [face|forgive] the {kin} who left.",
    ),
    (
        "Drama",
        "Over [months|a few visits] an unlikely bond grows between {them} and {other}, [who is dying|whom nobody visits|who has nothing left to lose].",
    ),
    (
        "Drama",
        "As [the factory closes|old wounds open|the drinking starts again], {they} must [decide what is worth keeping|learn to live with the truth].",
    ),
    (
        "Drama Family",
        "Left alone with {their} {kin}'s children, {they} [struggles|learns] to [be a parent|keep the farm|cook].",
    ),
    (
        "Drama Romance",
        "Years after they parted, {other} [writes|returns|is standing at the door], and [the marriage|everything unsaid] [begins to crack|is suddenly there again].",
    ),
    (
        "Drama War",
        "Letters from the front [stop|keep coming] long after {other} is [reported lost|taken prisoner], and {hero} [refuses to mourn|answers every one].",
    ),
    (
        "Drama Western",
        "The [ranch|drought] is [killing them|all they have], and {their} {kin} will not [sell the cattle|bury the rifle].",
    ),
    (
        "Family",
        "With school out, {they} and {their} [dog|grandfather|best friend] [build a raft|plan the biggest kite in the world|look after a lost seal].",
    ),
    (
        "Family",
        "But [wishes|puppies|birthdays] are [trickier than they look|not for sale], as the children of {town} soon [discover|teach the grown-ups].",
    ),
    (
        "Family Fantasy",
        "Behind the [wardrobe|bakery|waterfall] lives a [shy giant|very old witch|prince the size of a thumb] who needs {hero} to [keep a promise|find a name].",
    ),
    (
        "Fantasy",
        "For {they} is the last of [the moon's heirs|a line of spellwrights], and [the crown|an oath] [calls|must be paid] before [the three moons meet|the old magic fails].",
    ),
    (
        "Fantasy",
        "A [sorcerer|witch queen] has [stolen every shadow|put the river to sleep], and only [an enchanted blade|a reluctant dragon] can [break the spell|open the gate].",
    ),
    (
        "Fantasy Romance",
        "Then {other} turns out to be [four hundred years old|a swan by day|the river's son], bound by a [curse|bargain] that [only a true name can lift|ends at daybreak].",
    ),
    (
        "Fantasy Sci-Fi",
        "Each night {they} [wakes in another century|dreams the same door], and each morning [something has changed|one more person has forgotten {them}].",
    ),
    (
        "Horror",
        "At night [something scratches inside the walls|the dead child sings|the cellar breathes], and [it knows {their} name|no one is spared].",
    ),
    (
        "Horror",
        "One by one the guests [are found without faces|vanish into the woods], and what [was buried|sleeps] under {town} is [hungry|awake].",
    ),
    (
        "Horror Mystery",
        "The [former owners|villagers] [never left|will not speak of it], and the [diary|portrait] {they} finds [is still being written|bleeds].",
    ),
    (
        "Horror Thriller",
        "A masked [caller|killer] [counts down|watches from the garden], and [the doors no longer open|the phone line is dead].",
    ),
    (
        "Horror Sci-Fi",
        "What the [drill|probe|expedition] brought up [is alive|copies them], and [the quarantine fails|it wears {other}'s face].",
    ),
    (
        "Mystery",
        "[But the {kin} everyone mourns|But the dead {trade}] was seen [last Tuesday|at the station], and {hero} starts to [ask questions|collect clues].",
    ),
    (
        "Mystery",
        "A [cipher|coded message] in {thing} leads to [an unsolved disappearance|a body nobody claims], and everyone {where} [has lied|remembers it differently].",
    ),
    (
        "Mystery",
        "The deeper {they} digs into what happened [thirty years ago|that night], the [less|more] the [inspector|family] wants it [solved|known].",
    ),
    (
        "Mystery Thriller",
        "Somebody [keeps sending {them} photographs|knows what {they} did], and each [clue|envelope] arrives [a day before it happens|with a new name crossed out].",
    ),
    (
        "Mystery Sci-Fi",
        "All of them [lost the same eleven minutes|hear the same signal], and the [records|tapes] of that [night|experiment] have been [erased|rewritten].",
    ),
    (
        "Romance",
        "{They} falls [hopelessly|slowly|by mistake] in love with {other}, who is [to marry another|leaving at the end of the summer|allergic to promises].",
    ),
    (
        "Romance",
        "A [kiss|dance|missed train] with {other} [turns into a love neither can afford|is all {they} can think of].",
    ),
    (
        "Romance",
        "They [write letters|meet] every [Thursday|year], and pretend that [their hearts|it] can [wait|stay a secret].",
    ),
    (
        "Sci-Fi Thriller",
        "The [company|institute] says the [implant|trial] is safe, but {hero} [remembers things that never happened|is being watched through it].",
    ),
    (
        "Sci-Fi Drama",
        "When a [copy|recording] of {their} late {kin} [starts to answer back|is delivered to the door], {they} must decide [what it is owed|whether to switch it off].",
    ),
    (
        "Sci-Fi Action",
        "The [machines|drones] [have turned|no longer take orders], and [the last transmitter|one shuttle] is on the far side of [the city|the orbital ring].",
    ),
    (
        "Sci-Fi Mystery",
        "A signal from [beneath the ice|the far side of the moon] repeats {their} [own voice|name], [forty years old|dated tomorrow].",
    ),
    (
        "Thriller Drama",
        "But someone [has been in the house|follows {them} home], and [nobody believes {them}|{other} knows more than {they} should].",
    ),
    (
        "Thriller Mystery",
        "The closer {they} comes to the truth, the fewer people [can be trusted|are left alive to tell it].",
    ),
    (
        "Thriller Crime",
        "Now [a fixer|a contract killer] is [on the same train|one hour behind], and the only way out is [to make a deal|to vanish].",
    ),
    (
        "Thriller Sci-Fi",
        "Every [camera|screen] {where} shows [a crime {they} did not commit|a person who does not exist], and the clock [is running|runs backwards].",
    ),
    (
        "War",
        "Then the [army|occupation] reaches {town}, and {hero} [hides a deserter|is drafted|carries messages through the checkpoints].",
    ),
    (
        "War",
        "In the [trenches|ruins] beyond {town} {they} [serves under|shares a dugout with] {other}, [the enemy's son|a captain who has lost his nerve], as the [shelling|siege] goes on.",
    ),
    (
        "War Romance",
        "They have [one leave|three days] before the [regiment|hospital ship] sails, and the front is [not waiting|getting closer].",
    ),
    (
        "Western",
        "The [railroad|cattle baron {villain}] wants the water, the sheriff [is bought|looks away], and {they} [takes down the old rifle|saddles up].",
    ),
    (
        "Western",
        "A [bounty hunter|preacher with a gun] rides in [at noon|from the territories] and [asks for {hero} by name|waits outside the saloon].",
    ),
)
