"""Plots of our own in 12 languages, and in English."""

# One plot each: a murderer, a soldier who comes home, a bakery, a teacher in love.
SENTENCES = {
    "de": [
        "Ein Mörder treibt in der Stadt sein Unwesen, und eine Kommissarin folgt seiner Spur.",
        "Nach dem Krieg kehrt ein Soldat auf den Hof der Eltern zurück und findet alles anders.",
        "Zwei Freunde erben eine Bäckerei und streiten sich über das Rezept.",
        "Eine Lehrerin verliebt sich in den Vater ihrer Schülerin.",
    ],
    "fr": [
        "Un tueur en série terrorise une petite ville et une jeune inspectrice suit sa trace.",
        "Après la guerre, un soldat rentre à la ferme de ses parents et ne reconnaît plus rien.",
        "Deux amis héritent d'une boulangerie et se disputent la recette.",
        "Une institutrice tombe amoureuse du père de son élève.",
    ],
    "es": [
        "Un asesino en serie aterroriza a un pueblo y una joven inspectora sigue su rastro.",
        "Después de la guerra, un soldado vuelve a la granja de sus padres y ya nada es igual.",
        "Dos amigos heredan una panadería y discuten por la receta.",
        "Una maestra se enamora del padre de su alumna.",
    ],
    "it": [
        "Un assassino seriale terrorizza la città e una giovane ispettrice segue le sue tracce.",
        "Dopo la guerra un soldato torna alla fattoria dei genitori e non riconosce più nulla.",
        "Due amici ereditano una panetteria e litigano per la ricetta.",
    ],
    "pt": [
        "Um assassino em série aterroriza a cidade e uma jovem inspetora segue o seu rasto.",
        "Depois da guerra, um soldado volta à quinta dos pais e nada é como antes.",
        "Dois amigos herdam uma padaria e discutem por causa da receita.",
    ],
    "nl": [
        "Een seriemoordenaar houdt een stadje in zijn greep en een rechercheur volgt zijn spoor.",
        "Na de oorlog keert een soldaat terug naar de boerderij van zijn ouders.",
        "Twee vrienden erven een bakkerij en maken ruzie over het recept.",
    ],
    "sv": [
        "En seriemördare sprider skräck i en liten stad och en ung polis följer hans spår.",
        "Efter kriget återvänder en soldat till sina föräldrars gård.",
        "Två vänner ärver ett bageri och bråkar om receptet.",
    ],
    "pl": [
        "Seryjny morderca terroryzuje małe miasteczko, a młoda policjantka podąża jego śladem.",
        "Po wojnie żołnierz wraca do gospodarstwa rodziców i niczego już nie poznaje.",
        "Dwaj przyjaciele dziedziczą piekarnię i kłócą się o przepis.",
    ],
    "tr": [
        "Bir seri katil küçük bir kasabaya dehşet saçar ve genç bir komiser onun izini sürer.",
        "Savaştan sonra bir asker ailesinin çiftliğine döner ve hiçbir şey eskisi gibi değildir.",
        "İki arkadaşa bir fırın miras kalır ve tarif yüzünden kavga ederler.",
    ],
    "ru": [
        "Серийный убийца держит в страхе город, и следовательница идёт по его следу.",
        "После войны солдат возвращается на ферму родителей и ничего не узнаёт.",
        "Два друга получают в наследство пекарню и спорят о рецепте.",
    ],
    "ja": [
        "連続殺人犯が小さな町を恐怖に陥れ、若い女性刑事がその足跡を追う。",
        "戦争の後、兵士は両親の農場に戻るが、何もかもが変わっていた。",
        "二人の友人がパン屋を相続し、レシピをめぐって口論になる。",
        "教師は教え子の父親に恋をする。",
    ],
    "ko": [
        "연쇄 살인범이 작은 마을을 공포에 빠뜨리고 젊은 형사가 그의 흔적을 쫓는다.",
        "전쟁이 끝난 뒤 한 군인이 부모님의 농장으로 돌아온다.",
        "두 친구가 빵집을 물려받고 조리법을 두고 다툰다.",
    ],
}
ENGLISH = [
    "A cook inherits a ship.",
    "A serial killer terrorises a small town, and a young detective follows his trail.",
    "AFTER THE WAR A SOLDIER RETURNS TO HIS PARENTS' FARM.",
    "Two friends inherit a bakery and quarrel over the recipe.",
    "Portrait of the jazz pianist Irène Schweizer in Zürich.",
    "In Tokyo, Kenji Nakamura and Yuki Tanaka meet Don Diego de la Vega.",
]
