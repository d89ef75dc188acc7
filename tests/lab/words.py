"""Word lists from which the lab's names are made: harmless, pronounceable, plain."""

FIRST = """amber anchor apple arctic aspen atlas autumn bamboo beacon birch blue breeze bright bronze
canyon cedar cherry clear cloud clover cobalt coral copper crane crystal dawn delta eagle early east ember
falcon fern field first flint forest garden gentle golden granite green harbor hazel heron hill honey iron
island ivory jade juniper kite lake lantern lemon light lily linen little lotus lunar maple marble meadow
mellow mint misty moon moss mountain noble north oak ocean olive orange orchid owl pacific paper pearl pine
plum polar prairie quiet rain red river robin rose ruby sage sand shore silver sky snow solar south spring
star stone summer sun swift tall thistle tidal timber true tulip valley violet walnut west white wild willow
winter wren yellow zephyr""".split()

SECOND = """academy agency airlines architects atelier bakery bank bikes boats books brewery builders cafe
camera capital care charter cinema clinic coffee college consulting craft cycles dental design digital
dynamics energy engineering estate express fabric farm fashion finance fitness foods foundry freight
furniture gallery games gardens glass grocer guitar hardware health hosting hotel insurance interiors
jewelry journal kitchen labs laundry legal library logistics market media medical metals motors museum
music naturals networks news nursery optics packaging paint partners pharma photo pilots plastics power
press print properties publishing radio rail rentals repair research robotics sails school security
seeds services shipping shoes software solutions sports steel storage studio supply systems tailors
taxi tea telecom textiles theater tiles tools toys trading transport travel trust tutors university
ventures watches water weather wines woodwork works yoga""".split()

HOSTS = """api app archive auth billing blog booking build calendar careers catalog chat checkout contact
dashboard data demo dev docs download events extranet feed files forum gateway git help home hr images
imap info intranet invoice jobs ldap legacy login maps media members metrics mobile monitor mx news
office orders partner pay photos pop portal press preview print projects proxy public remote reports
research sales search secure shop signup smtp sso staff static stats status store support survey sync
tickets time tools track training update upload vault video vpn webmail wiki""".split()

PLACES = """tokyo osaka kyoto nagoya sapporo berlin paris london madrid oslo boston denver austin lima quito
accra cairo delhi seoul hanoi perth""".split()

MISSES = """ww wwww wwwi mial mali ftpp shpo blgo lgoin suport intrnet portl statc downlod hlep webmial vnp
autodiscover wpad isatap old-server test2 printer9 camera7 phone3 unknown missing nothing gone nowhere""".split()
