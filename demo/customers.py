"""The customers of the demonstration. Names are made up, cities are not."""

from typing import NamedTuple


class Customer(NamedTuple):
    """A company that buys.

    :param float limit: asked for by its salesperson, approved by the CFO; 0: none
    :param int granted: day the limit was granted, counted from today, when it
        matters; its review is due a year later
    :param str policy: of its own, else the company's default one
    :param str parent: the group it belongs to
    """

    key: str
    name: str
    street: str
    zip: str
    city: str
    limit: float = 0.0
    granted: int = 0
    seller: str = "sales"
    policy: str = ""
    parent: str = ""


class Contact(NamedTuple):
    """A person or a department of a customer.

    :param str role: code of what they do there: reminders are addressed to it
    :param str phone: a number that the French regulator keeps for fiction
    """

    key: str
    company: str
    name: str
    type: str
    function: str = ""
    role: str = ""
    phone: str = ""


# the ledger of DOMAIN.md is theirs
LEDGER_CUSTOMERS = (
    Customer("a", "Maison Bellerive", "8 quai des Célestins", "69002", "Lyon", 60000),
    Customer("b", "Comptoir des Halles", "3 rue de Nemours", "35000", "Rennes", 12000),
    Customer("c", "Librairie Montplaisir", "21 rue Lakanal", "38000", "Grenoble", 8000),
    Customer("d", "Hôtels du Ponant", "45 quai de la Fosse", "44000", "Nantes", 75000),
    Customer("e", "Galerie Saint-Aubin", "17 rue de Gand", "59800", "Lille", 10000),
)

CUSTOMERS = (
    # at ease
    Customer(
        "cheese", "Fromagerie des Quatre Monts", "5 route de Sassenage",
        "38250", "Villard-de-Lans", 15000,
    ),
    Customer(
        "printer", "Imprimerie Valmont", "60 rue Nationale", "37000", "Tours", 25000,
        seller="sales2",
    ),
    Customer("joinery", "Menuiserie Le Goff-Tanguy", "12 rue de Siam", "29200",
             "Brest", 20000),
    Customer("bakeries", "Boulangeries Pain Doré", "9 rue du Taur", "31000",
             "Toulouse", 12000, seller="sales2"),
    # above the limit, or late
    Customer("brasserie", "Brasserie du Quai Neuf", "30 quai du Port", "13002",
             "Marseille", 12000),
    Customer("stationer", "Papeterie Lacordaire", "14 rue Musette", "21000", "Dijon",
             10000),
    Customer("haulier", "Transports Vallespir", "2 avenue de Grande-Bretagne",
             "66000", "Perpignan", 18000, seller="sales2"),
    # limit modes and policies
    Customer("studio", "Studio Nuage Bleu", "7 rue Oberkampf", "75011", "Paris",
             policy="prepaid"),
    Customer("hospital", "Centre hospitalier du Val Fleuri",
             "1 avenue de la Santé", "51100", "Reims", seller="sales2"),
    Customer("architects", "Cabinet Tournesol Architectes", "26 rue Sainte-Anne",
             "75002", "Paris"),
    Customer("trains", "Compagnie des Trains de Nuit", "50 rue de Bercy", "75012",
             "Paris", 100000, policy="key_account"),
    Customer("club", "Discothèque L'Aquarium", "11 rue Masséna", "06000", "Nice",
             15000),
    Customer("hyper", "Hypermarchés Grand'Place", "200 boulevard de Tournai", "59650",
             "Villeneuve-d'Ascq", 50000, seller="sales2"),
    # limits that move
    Customer("festival", "Festival des Lanternes", "4 place Bellecour", "69002", "Lyon",
             10000),
    Customer("gardens", "Jardins de l'Ubaye", "33 cours Mirabeau", "13100",
             "Aix-en-Provence", 8000),
    Customer("winery", "Domaine de Hauteserre", "6 route de Bergerac", "33500",
             "Libourne", 15000),
    Customer("carpentry", "Charpentes Rouvière", "19 rue de la Loge", "34000",
             "Montpellier", 20000, granted=-410),
    # a group, and a customer with several addresses
    Customer("armorica", "Groupe Armorica Distribution", "1 place de la Gare", "56000",
             "Vannes"),
    Customer("armorica_west", "Armorica Ouest", "8 rue du Port", "56100", "Lorient",
             40000, parent="armorica"),
    Customer("armorica_south", "Armorica Sud", "15 rue d'Alger", "17000", "La Rochelle",
             30000, parent="armorica"),
    Customer("university", "Université des Deux Rives", "40 rue Gambetta", "45000",
             "Orléans", 35000),
    # the ways of an order
    Customer("export", "Négoce Outremer", "22 rue de la Crique", "76600", "Le Havre",
             30000),
    Customer("theatre", "Théâtre des Augustins", "10 rue des Augustins", "57000",
             "Metz", 40000, seller="sales2"),
    Customer("offices", "Bureaux Confluence", "70 cours Charlemagne", "69002", "Lyon",
             25000),
    Customer("clinic", "Clinique des Tilleuls", "5 rue de l'Hôpital", "67000",
             "Strasbourg", 30000, seller="sales2"),
    Customer("restaurant", "Restaurant Le Clos Fleuri", "3 rue des Tonneliers", "68000",
             "Colmar", 6000),
    Customer("museum", "Musée des Automates", "18 rue de la République", "84000",
             "Avignon", 20000),
    # decided upon
    Customer("congress", "Palais des Congrès d'Azur", "60 boulevard de la Croisette",
             "06400", "Cannes", 30000),
    Customer("cinemas", "Cinémas Étoile", "35 rue Saint-Jean", "14000", "Caen", 18000),
    Customer("boutique", "Boutique Éphémère", "29 rue Paradis", "13001", "Marseille",
             4000),
    Customer("workshops", "Ateliers Mécaniques Jurassiens", "7 rue des Cordeliers",
             "39000", "Lons-le-Saunier", 12000),
    Customer("hardware", "Quincaillerie Poitevine", "12 rue Gambetta", "86000",
             "Poitiers", 9000, seller="sales2"),
    # reminded, or not, each for a reason of its own
    Customer("florist", "Fleurs du Marché Couvert", "", "", "Sète", 3000),
    Customer("optician", "Optique des Arcades", "24 rue de Rivoli", "74000", "Annecy",
             6000),
    Customer("caterer", "Traiteur Beauregard", "8 rue Solférino", "59000", "Lille",
             5000),
    Customer("schools", "Écoles du Lac", "16 avenue d'Albigny", "74000", "Annecy", 8000,
             seller="sales2"),
    Customer("pharmacy", "Pharmacie de la Halle", "2 place du Marché", "87000",
             "Limoges", 7000),
    Customer("potter", "Poterie de la Combe", "5 chemin du Four", "26220", "Dieulefit",
             2000),
    # paying by instalments
    Customer("spa", "Thermes du Val d'Ossau", "3 rue des Bains", "64000", "Pau", 12000),
    Customer("cannery", "Conserverie des Abers", "9 quai du Commandant Malbert",
             "29200", "Brest", 8000, seller="sales2"),
    Customer("garage", "Garage Rochefort", "28 boulevard Lundy", "51100", "Reims",
             7000),
    Customer("nursery", "Pépinières Bonnefoy", "4 chemin des Serres", "19100",
             "Brive-la-Gaillarde", 5000),
)  # fmt: skip

CONTACTS = (
    Contact("a_accounting", "a", "Service comptabilité", "invoice",
            role="accounting", phone="+33 4 65 71 20 01"),
    Contact("a_buyer", "a", "Hélène Garnier", "contact", "Purchasing manager",
            "buyer", "+33 4 65 71 20 02"),
    Contact("a_director", "a", "Paul Bellerive", "contact", "Managing director",
            "director", "+33 4 65 71 20 03"),
    Contact("b_accounting", "b", "Anne Le Gall", "contact", "Accountant",
            "accounting", "+33 2 61 91 20 04"),
    Contact("b_buyer", "b", "Yann Kerbrat", "contact", "Head of shops", "buyer",
            "+33 2 61 91 20 05"),
    Contact("b_director", "b", "Solène Morvan", "contact", "Managing director",
            "director", "+33 2 61 91 20 06"),
    Contact("stationer_director", "stationer", "Bernard Lacordaire", "contact", "Owner",
            "director", "+33 3 53 01 20 07"),
    Contact("haulier_accounting", "haulier", "Inès Puig", "contact", "Accountant",
            "accounting", "+33 5 36 49 20 08"),
    Contact("haulier_director", "haulier", "Joan Vallespir", "contact", "Director",
            "director", "+33 5 36 49 20 09"),
    Contact("boutique_director", "boutique", "Léa Santini", "contact", "Owner",
            "director", "+33 4 65 71 20 10"),
    Contact("hyper_accounting", "hyper", "Comptabilité fournisseurs", "invoice",
            role="accounting", phone="+33 3 53 01 20 11"),
    Contact("schools_accounting", "schools", "Gaëlle Rey", "contact", "Bursar",
            "accounting", "+33 4 65 71 20 12"),
    Contact("university_finance", "university", "Service financier", "invoice",
            role="accounting", phone="+33 2 61 91 20 13"),
    Contact("university_campus", "university", "Campus Nord, réception", "delivery"),
    Contact("university_buyer", "university", "Marc Chevalier", "contact", "Buyer",
            "buyer", "+33 2 61 91 20 14"),
)  # fmt: skip

# nobody has noted how to reach them
UNREACHABLE = ("florist",)
# mobiles kept for fiction are no mobiles to `phonenumbers`: this one looks like none
MOBILES = {"potter": "+33 6 00 00 00 15"}

# when limits were granted otherwise, one customer after the other
GRANTED = (-350, -90, -240, -30, -300, -160)

GROUP_LIMITS = {"armorica": 50000}
UNLIMITED = ("hospital",)
STOPPED = {"club": "Insolvency proceedings opened; payment in advance refused"}
EXEMPT = {"hyper": "Large retail: the contract fines every late delivery"}


class TemporaryLimit(NamedTuple):
    """A higher limit for some days, counted from today."""

    customer: str
    amount: float
    first_day: int
    last_day: int
    reason: str


TEMPORARY_LIMITS = (
    TemporaryLimit("winery", 20000, -40, -8, "Refurbishment of the tasting room"),
    TemporaryLimit("gardens", 20000, -60, -5, "Lights for the summer opening"),
    TemporaryLimit("offices", 40000, -10, 25, "New floor: three deliveries in a row"),
)


class LimitRequest(NamedTuple):
    """A permanent limit that waits for approval."""

    customer: str
    amount: float
    reason: str


LIMIT_REQUESTS = (
    LimitRequest("winery", 30000, "Second shop opens; paid on time for two years"),
    LimitRequest("congress", 90000, "Framework agreement signed for the new hall"),
)
