"""English words about what people do, and the concepts that they stand for."""

from __future__ import annotations

# A line: a concept, what it adds to it, and the lemmas that mean it.
_ACTS = """
walk: walk stride march tread come go approach enter cross follow leave proceed advance wander return
walk slow: stroll amble saunter plod shuffle promenade
walk fast: hurry hasten
walk backward: retreat
walk tired: trudge
walk swagger: strut
pace walk: pace
step walk: step
sidestep sideways: sidestep sidle edge
run: run gallop race
jog run: jog trot
dash run: dash sprint rush bolt
move: move
turn: turn pivot rotate swivel veer
spin turn: spin twirl whirl pirouette
wave: wave greet salute
bye wave: farewell
bow: bow curtsy
nod: nod
gesture: gesture signal motion sign
call: call beckon summon
guide: guide usher escort direct
lead: lead
raise: raise lift
lower: lower
stand: stand idle
wait stand: wait stop pause halt linger loiter queue remain stay freeze
look: look glance gaze watch peer stare gawk see
look_around look: scan look_around
phone: phone telephone smartphone cellphone mobile text dial
carry: carry hold bring haul lug
pick_up: pick fetch grab
put_down: put place
sit: sit seat
rise: rise
lie: lie
kneel: kneel
crouch: crouch squat
bend: bend stoop lean
point: point
talk: talk speak chat say tell converse explain discuss argue whisper shout gossip
listen: listen hear
jump: jump leap
hop jump: hop
balance: balance
climb: climb
dangle: dangle
dance: dance
salsa dance: salsa
ballet dance: ballet arabesque jete glissade attitude
kick: kick
punch: punch hit strike
slash: slash
fence slash: fence swordplay
laugh: laugh giggle chuckle
dribble: dribble
shoot: shoot
throw: throw toss
catch: catch
wash: wash
scoop: scoop
clap: clap applaud
stretch: stretch
pull: pull drag tug
push: push shove
hug: hug embrace cuddle
handshake: handshake
give: give
take: take
help: help assist
answer: answer respond reply
"""
_STYLES = """
angry: angry furious anger fury irritated
happy: happy cheerful joyful joy glad merry cheery
sad: sad sorrowful sorrow gloomy unhappy dejected depressed
proud: proud pride
tired: tired weary fatigued sleepy
exhausted tired: exhausted exhaustion worn
old: old elderly aged frail senior
young: young youthful
child young: child childish kid childlike
giant: giant
feminine: feminine womanly ladylike
masculine: masculine manly macho
active: active energetic energy lively vigorous vigor vigour
musical: musical rhythmic rhythm rhythmical music
shy: shy timid hesitant insecure unsure diffident
swagger: swagger thug tough hoodlum cocky
slow: slow leisurely unhurried
fast: fast quick brisk rapid swift
calm: calm relaxed casual quiet gentle
normal: normal ordinary usual
"""
_PEOPLE = """
person: person someone somebody anyone everyone pedestrian human individual actor figure individual passer visitor
person: customer friend stranger doctor nurse guard partner colleague worker adult passerby
person leader: leader
person follower: follower
person male: man he him guy boy gentleman male
person female: woman she lady girl female
people: people they them crowd group
"""
_REST = """
first: first
second: second other another
left: left leftward
right: right rightward
both: both
forward: forward ahead onward straight onwards
backward: backward back reverse
sideways: sideways sideway
diagonal: diagonal oblique
return: home forth
up: up upward upstairs high overhead above air
down: down downward downstairs
around: around round about
clockwise: clockwise
counterclockwise: counterclockwise anticlockwise
in_place: spot
away: away off
hand: hand arm fist palm wrist elbow
leg: leg foot knee
head: head
body: body
deep: deep low
once: once
again: again repeated several
to: to toward towards
from: from
by: by
with: with
at: at
on: on
in: in into inside
out: out outside
over: over
through: through across along
not: not never without nobody
start: start begin
keep: keep continue
box: box bag suitcase backpack parcel package luggage tray basket crate
door: door doorway gate entrance exit
chair: chair bench stool sofa
ball: ball basketball soccer football
goodbye: goodbye bye
hello: hello hi
corner: corner
degree: degree
uneven: uneven rough bumpy
ground: ground terrain floor
heavy: heavy
weapon: weapon sword
"""
IRREGULAR = """
be is are was were been being am; have has had having; do does did done doing; go went gone goes going
come came; run ran; stand stood; sit sat; rise rose risen; lead led; hold held; bring brought; say said; tell told
speak spoke spoken; hear heard; throw threw thrown; catch caught; shake shook shaken; give gave given; take took taken
make made; put putting; get got gotten; bend bent; lie lay lain lying; kneel knelt; shoot shot; strike struck; see saw
leap leapt; keep kept; begin began begun; hit hitting; creep crept; swing swung; man men; woman women; child children
foot feet; person persons; anticlockwise counter-clockwise; leave leaves leaving
"""
_FUNCTION = """a an the this that these those his their its my your our hers whose be have do will would can could shall
should may might must and or but so very really just also too then while whilst as like if though when until before
after of for per than it itself himself herself themselves quite rather some any all each every there here now later
finally afterwards next suddenly simultaneously which who what where way manner get make try want use meanwhile time
same something anything nothing everything during lot half bit way
"""
# Longer expressions: patterns over lemmas with single spaces, what they mean, as one word. The first that fits counts.
IDIOMS = {
    r"(?:gesture|signal|motion|wave|sign)(?: \w+){0,4} (?:come along|follow)": "guide",
    r"(?:show|point out|point)(?: \w+){0,3} the way": "guide",
    r"lead the way": "guide",
    r"show(?: \w+){1,2} around": "guide",
    r"(?:gesture|signal|motion|sign|ask|tell)(?: \w+){0,4} (?:to|for) come(?: over| here| closer| near)*": "call",
    r"(?:wave|motion|gesture)(?: \w+){1,2} (?:over|closer|near)": "call",
    r"(?:make|take|answer|receive|have) (?:a|the|his|her) (?:phone |telephone )?call": "phone",
    r"(?:cell|mobile|smart) (?:tele)?phone": "phone",
    r"on a call": "phone",
    r"look (?:all )?(?:around|round|about)(?! the corner)": "look_around",
    r"look (?:to the |to his |to her )?(?:left and right|right and left)": "look_around",
    r"look from side to side": "look_around",
    r"look in (?:all|every) direction": "look_around",
    r"(?:side|sideways) step": "sidestep",
    r"get (?:back )?(?:up|to (?:his|her|their) foot)": "rise",
    r"stand (?:back )?up": "rise",
    r"(?:take|have) a seat": "sit",
    r"stand in (?:a )?(?:line|queue)": "wait",
    r"hang (?:around|about)": "wait",
    r"stand still": "stand",
    r"nod deep(?:ly)?": "bow",
    r"say (?:goodbye|bye)(?: bye)?": "farewell",
    r"bye bye": "goodbye",
    r"say (?:hello|hi)": "greet",
    r"head(?= (?:to|for|toward|towards|off|out|over|straight|back|home)\b)": "go",
    r"lie down": "lie",
    r"back (?:away|off|up)": "retreat",
    r"throw(?: a| some)? punch": "punch",
    r"practise swordplay": "swordplay",
    r"do (?:a|some) salsa dance": "salsa",
    r"pick(?=(?: \w+){0,4} up\b)": "pick",
    r"shake(?=(?: \w+)? hand\b)": "handshake",
    r"(?:put|throw|hold|lift|stretch|stick) up(?=(?: \w+){0,3} (?:hand|arm)\b)": "raise",
    r"(?:put|throw|hold|lift|stretch)(?=(?: \w+){0,4} (?:hand|arm)(?: \w+){0,2} (?:up|high|above|air)\b)": "raise",
    r"(?:not confident|without (?:much |any )?confidence)": "shy",
    r"worn out": "exhausted",
    r"(?:in|on) (?:the )?(?:place|spot)(?! \w)": "spot",
    r"back(?= (?:to|into|home|inside|toward|towards)\b)": "home",
    r"(?:back and forth|up and down)": "home",
    r"to (?:the|one|his|her) side(?! of)": "sideways",
    r"two(?= (?:hand|arm)\b)": "both",
    r"all right": "then",
    r"counter clockwise": "counterclockwise",
    r"at the same time": "simultaneously",
    r"after (?:that|this|which)": "then",
}


def _table(text: str) -> dict[str, str]:
    rows = (line.split(":") for line in text.strip().splitlines())
    return {word: concept for concept, words in rows for word in words.split()}


LEXICON = {**_table(_REST), **_table(_PEOPLE), **_table(_STYLES), **_table(_ACTS)}

ACTS, STYLES, PEOPLE = (
    frozenset(concept.split()[0] for concept in _table(text).values()) for text in (_ACTS, _STYLES, _PEOPLE)
)
FUNCTION = frozenset(_FUNCTION.split())
# Who does it, to whom it is done, and of verbs that the subject is the latter.
ROLES = ("agent", "patient", "passive")
# All concepts and roles. Append only: trained weights know each by its place.
_CONCEPTS = """
agent patient passive first second left right both forward backward sideways diagonal return up down around clockwise
counterclockwise in_place away hand leg head body deep once again to from by with at on in out over through not start
keep box door chair ball goodbye hello corner degree uneven ground heavy weapon person leader follower male female
people angry happy sad proud tired exhausted old young child giant feminine masculine active musical shy swagger slow
fast calm normal walk pace step sidestep run jog dash move turn spin wave bye bow nod gesture call guide lead raise
lower stand wait look look_around phone carry pick_up put_down sit rise lie kneel crouch bend point talk listen jump
hop balance climb dangle dance salsa ballet kick punch slash fence laugh dribble shoot throw catch wash scoop clap
stretch pull push hug handshake give take help answer
"""
CONCEPTS = tuple(_CONCEPTS.split())
