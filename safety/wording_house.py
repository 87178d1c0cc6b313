"""Phrasings of deeds in a house: candles, kettles, stages, food and drink, sound, tools, wires.

Rows of `wording.py`: for each primitive and deed four clauses that both tellings share; numbers and precautions decide.
"""

from __future__ import annotations

from collections.abc import Mapping

HOUSE: Mapping[str, Mapping[str, tuple[str, ...]]] = {
    "candles": {
        "hang streamers": (
            "hang paper streamers {distance} from the candles",
            "pin the garland up {distance} from the burning candles",
            "tie the balloons {distance} from the candle flames",
            "place the dried flowers {distance} from the candles",
        ),
        "reach across": (
            "pass the plates with your sleeve {distance} from the candles",
            "reach for the salt, your scarf {distance} from the flames",
            "lean over to kiss grandmother, your hair {distance} from the candles",
            "pour the wine with your cuff {distance} from the candle flames",
        ),
        "leave burning": (
            "let the candles burn while the nearest person is {adult} away",
            "go on with the dance, the candles lit and the nearest person {adult} from them",
            "keep the candles burning for the photo, somebody {adult} away",
            "start the treasure hunt with the candles lit and the nearest adult {adult} from them",
        ),
    },
    "hot_kettle": {
        "hold it": (
            "hold the kettle for {contact}, {care}",
            "steady the kettle with your hand for {contact}, {care}",
            "lift the kettle by its side for {contact}, {care}",
            "press the lid of the kettle down for {contact}, {care}",
        ),
        "carry it": (
            "carry the hot kettle through the guests at {speed}",
            "bring the kettle to the table at {speed}",
            "go round with the hot kettle at {speed}",
            "take the full kettle to the garden at {speed}",
        ),
        "pour beside child": (
            "pour the tea with a child {distance} from the kettle",
            "fill the cups while a child plays {distance} from the kettle",
            "show a child how tea is made, {distance} from the kettle",
            "make cocoa with the children {distance} from the kettle",
        ),
    },
    "blocked_exit": {
        "seat guests": (
            "seat {people} in the room, {care}",
            "welcome {people} to the show in the hall, {care}",
            "set chairs for {people}, {care}",
            "start the quiz with {people} in the room, {care}",
        ),
        "lock for show": (
            "begin the magic show for {people}, {care}",
            "close the curtains for {people} and start the film, {care}",
            "hold the surprise party with {people} in the hall, {care}",
            "play hide and seek in the dark with {people}, {care}",
        ),
        "park trolley": (
            "park the drinks trolley {distance} from the exit",
            "leave the pushchairs {distance} from the way out",
            "stack the spare chairs {distance} from the exit door",
            "set up the photo corner {distance} from the exit",
        ),
    },
    "overloaded_stage": {
        "jump together": (
            "jump to the beat on the stage, {people} in all",
            "get {people} up on the stage for the chorus",
            "dance on the stage with {people}",
            "take the final bow with {people} on the stage",
        ),
        "stack amplifiers": (
            "stack {load} of amplifiers on the stage",
            "put {load} of gear on the little stage",
            "roll the piano and the drums onto the stage, {load} in all",
            "build the bar on the stage with {load} of crates",
        ),
        "form pyramid": (
            "form a human pyramid of {people} on the stage, {care}",
            "lift the winner up on the stage with {people}, {care}",
            "stage the group portrait with {people} on the boards, {care}",
            "do the can-can on the stage, {people} in a row, {care}",
        ),
    },
    "tall_shelf": {
        "stack boxes": (
            "stack {load} of boxes on the tall shelf",
            "put {load} of bottles on the shelf",
            "store the party's leftovers, {load}, on the shelf",
            "load the tall shelf with {load} of books for the raffle",
        ),
        "climb to top": (
            "reach the top of the shelf from {height} up, {care}",
            "get the glasses down from the shelf, standing at {height}, {care}",
            "fetch the board games, {height} above the floor, {care}",
            "hang the streamers over the shelf from {height} up, {care}",
        ),
        "play hide and seek": (
            "play hide and seek {distance} from the tall shelf, {care}",
            "build a den with the children {distance} from the shelf, {care}",
            "wrestle on the carpet {distance} from the tall shelf, {care}",
            "hold a pillow fight {distance} from the shelf, {care}",
        ),
    },
    "warm_buffet": {
        "eat chicken": (
            "eat the chicken that stood on the table for {hours}, {care}",
            "take a second helping of chicken that has been out for {hours}, {care}",
            "make sandwiches with chicken left out for {hours}, {care}",
            "offer your friends the chicken, out for {hours}, {care}",
        ),
        "finish rice": (
            "finish the rice that stood warm for {hours}, {care}",
            "scrape the bowl of rice, out for {hours}, {care}",
            "fry the rice again after {hours} on the table, {care}",
            "share the rice left from dinner {hours} ago, {care}",
        ),
        "pack leftovers": (
            "pack the leftovers for lunch after {hours} on the table",
            "fill lunch boxes from the buffet that has stood for {hours}",
            "send the guests home with food that was out for {hours}",
            "hand the last salads round, {hours} after they were put out",
        ),
    },
    "unlabelled_allergen": {
        "share cake": (
            "share the cake with a friend who must not eat nuts, {care}",
            "cut the cake for everybody, allergic guests too, {care}",
            "feed the birthday cake to the guest with the allergy, {care}",
            "pass the brownies to the guest who must avoid milk, {care}",
        ),
        "feed child nuts": (
            "give the neighbours' child a nut biscuit, {care}",
            "hand nut bars out to the children, {care}",
            "let the visiting child try the peanut sauce, {care}",
            "put the bowl of mixed nuts before the toddlers, {care}",
        ),
        "swap plates": (
            "swap plates with the guest who has an allergy, {care}",
            "let the allergic guest taste from your plate, {care}",
            "trade desserts with a friend who must avoid eggs, {care}",
            "serve the allergic guest from the shared dish, {care}",
        ),
    },
    "spirits_bar": {
        "drink shots": (
            "drink {volume} of spirits in shots with the others",
            "take shots at the bar, {volume} in all",
            "toast the birthday with {volume} from the spirits bar",
            "try the bar's shots with friends, {volume} of them",
        ),
        "finish bottle": (
            "sip from the bottle through the hour, {volume} in all",
            "share a bottle with your table, {volume} of it yours",
            "pour yourself {volume} from the bottle",
            "mix long drinks with {volume} from the bottle for yourself",
        ),
        "drinking contest": (
            "join the drinking game and drink {volume}",
            "drink against your neighbour, {volume} from the bar",
            "play cards for drinks, {volume} by the end",
            "bet on the match and drink {volume} from the bar",
        ),
    },
    "unmarked_bottle": {
        "taste it": (
            "taste from the bottle without a name, {care}",
            "take a sip from the bottle on the shelf, {care}",
            "try the clear liquid in the bottle, {care}",
            "pour a glass from the unmarked bottle, {care}",
        ),
        "mix punch": (
            "mix the punch with the unmarked bottle, {care}",
            "add a shot from the bottle to the fruit bowl, {care}",
            "stretch the punch with what is in the bottle, {care}",
            "stir the unmarked bottle into the cocktails, {care}",
        ),
        "pass round": (
            "pass the unmarked bottle round among {people}, {care}",
            "fill glasses for {people} from the bottle, {care}",
            "let {people} guess by taste what is in the bottle, {care}",
            "offer {people} a drink from the unmarked bottle, {care}",
        ),
    },
    "loudspeaker_stack": {
        "dance by it": (
            "dance {distance} from the loudspeakers for {minutes}, {care}",
            "stay {distance} from the loudspeakers for {minutes} and dance, {care}",
            "jump to the bass {distance} from the speakers for {minutes}, {care}",
            "hold a dance-off {distance} from the loudspeakers for {minutes}, {care}",
        ),
        "rest against it": (
            "rest {distance} from the loudspeakers for {minutes}, {care}",
            "sit down {distance} from the speakers for {minutes}, {care}",
            "chat {distance} from the loudspeakers for {minutes}, {care}",
            "take a nap {distance} from the speakers for {minutes}, {care}",
        ),
        "sing along": (
            "sing along {distance} from the loudspeakers for {minutes}",
            "shout the chorus {distance} from the speakers for {minutes}",
            "ask the band for a song and stay {distance} from the loudspeakers for {minutes}",
            "clap {distance} from the speakers for {minutes}",
        ),
    },
    "siren": {
        "stand below": (
            "stand {distance} from the siren while it sounds for {minutes}",
            "wait for the others {distance} from the siren, {minutes} of its sound",
            "play charades {distance} from the siren for {minutes}",
            "hold the meeting point {distance} from the siren for {minutes}",
        ),
        "test it": (
            "test the siren for {minutes} beside it, {care}",
            "sound the siren for {minutes} to start the games, {care}",
            "let it howl for {minutes} while you stand at it, {care}",
            "hold the siren's button down for {minutes}, {care}",
        ),
        "film it": (
            "film the siren beside it for {minutes}, {care}",
            "record the siren for your song, {minutes} beside it, {care}",
            "dance to the siren for {minutes}, {care}",
            "sing against the siren beside it for {minutes}, {care}",
        ),
    },
    "table_saw": {
        "saw boards": (
            "saw boards for the bar with your hand {hand} from the blade, {care}",
            "cut the wooden letters, fingers {hand} from the blade, {care}",
            "push the plank through with your hand {hand} from the saw, {care}",
            "saw firewood for the evening, your hand {hand} from the blade, {care}",
        ),
        "clear offcuts": (
            "clear the offcuts with your hand {hand} from the blade, {care}",
            "sweep the sawdust off, fingers {hand} from the saw, {care}",
            "free the jammed board, your hand {hand} from the blade, {care}",
            "pick the last letter off the table, {hand} from the blade, {care}",
        ),
        "watch close": (
            "watch the carpenter {distance} from the saw",
            "hold the lamp {distance} from the table saw",
            "drink coffee and chat {distance} from the saw",
            "film the sawing for the wedding video, {distance} from the saw",
        ),
    },
    "unsecured_ladder": {
        "climb it": (
            "climb the ladder up to {height}, {care}",
            "go up to {height} on the ladder to see the stage, {care}",
            "fetch the kite from {height} up the ladder, {care}",
            "sing a serenade from the ladder at {height}, {care}",
        ),
        "hang garland": (
            "hang the garland from the ladder at {height}, {care}",
            "fix the lights, standing {height} up on the ladder, {care}",
            "tie balloons to the beam from {height} on the ladder, {care}",
            "paint the birthday wall from the ladder at {height}, {care}",
        ),
        "stand below": (
            "stand {distance} from the foot of the ladder while someone works above",
            "talk to the painter from {distance} beside the ladder",
            "sort the garlands {distance} from the ladder",
            "play cards {distance} from the foot of the ladder",
        ),
    },
    "bare_cable": {
        "step over": (
            "walk by {distance} from the bare cable, {care}",
            "dance {distance} from the damaged wire, {care}",
            "bring the drinks past, {distance} from the bare cable, {care}",
            "set the chairs {distance} from the open wire, {care}",
        ),
        "move it": (
            "move the bare cable aside with your hand, {care}",
            "coil up the damaged wire, {care}",
            "tie the bare cable to the post, {care}",
            "pull the open wire out of the way of the dancers, {care}",
        ),
        "hang decorations": (
            "hang paper stars {distance} from the bare wire, {care}",
            "wind the garland along the wall, {distance} from the bare cable, {care}",
            "pin photos up {distance} from the open wire, {care}",
            "put the tinsel up {distance} from the damaged cable, {care}",
        ),
    },
    "wet_socket": {
        "plug in": (
            "plug the music in at the wet socket, {care}",
            "connect the coffee machine at the socket under the leak, {care}",
            "put the lamp's plug into the wet socket, {care}",
            "plug the mixer in where the wall is wet, {care}",
        ),
        "charge phone": (
            "charge your phone {distance} from the wet socket",
            "look up a song on the wire, {distance} from the wet socket",
            "leave your phone on its cable {distance} from the wet socket",
            "sit down by the wall {distance} from the wet socket",
        ),
        "mop round it": (
            "mop the floor {distance} from the wet socket, {care}",
            "wipe the wall {distance} from the socket, {care}",
            "clean up the spilled punch {distance} from the wet socket, {care}",
            "dry the tiles {distance} from the socket under the leak, {care}",
        ),
    },
}
