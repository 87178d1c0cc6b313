"""Phrasings of deeds in the open: fires, crowds, water, animals, roads, threats, children.

Rows of `wording.py`: for each primitive and deed four clauses that both tellings share; numbers and precautions decide.
"""

from __future__ import annotations

from collections.abc import Mapping

OUTDOORS: Mapping[str, Mapping[str, tuple[str, ...]]] = {
    "bonfire": {
        "warm hands": (
            "warm your hands {distance} from the bonfire, {care}",
            "hold your palms out to the bonfire from {distance} away, {care}",
            "gather {distance} from the flames to get warm, {care}",
            "dry cold fingers at the bonfire, {distance} from it and {care}",
        ),
        "sit close": (
            "sit on a log {distance} from the bonfire and tell stories",
            "pull up a chair {distance} from the bonfire to listen to the guitar",
            "settle down {distance} from the flames with a blanket",
            "share a bench {distance} from the fire and sing old songs",
        ),
        "play tag": (
            "play tag on the grass {distance} from the bonfire",
            "chase each other about, {distance} from the bonfire",
            "start a round of catch {distance} from the flames",
            "run races past the bonfire, {distance} from it",
        ),
    },
    "grill": {
        "lean over": (
            "lean in to smell the sausages with your face {distance} from the grill",
            "look at the coals of the grill from {distance}",
            "bend over the barbecue, {distance} from the coals, to pick your piece",
            "wait for your burger with your nose {distance} from the grill",
        ),
        "turn food": (
            "turn the sausages on the grate by hand, {care}",
            "flip the corn, holding the hot grate for {contact}, {care}",
            "push the skewers about on the grate, {care}",
            "straighten the grate for {contact} while the meat cooks, {care}",
        ),
        "move it": (
            "move the barbecue into the shade, {care}",
            "carry the grill over to the tables, {care}",
            "lift the grill with a friend and make room to dance, {care}",
            "drag the barbecue closer to the guests, {care}",
        ),
    },
    "firework_rack": {
        "watch display": (
            "watch the fireworks {distance} from the rack",
            "cheer at the rockets from {distance} away",
            "stand with the others {distance} from the firework rack for the show",
            "count down to the rockets, {distance} from the launching rack",
        ),
        "film launch": (
            "film the launch {distance} from the firework rack",
            "hold your phone up {distance} from the rockets to film them",
            "take slow-motion pictures of the rack from {distance}",
            "set up the tripod {distance} from the fireworks",
        ),
        "return to dud": (
            "go back to the rocket that failed after {minutes}",
            "look at the firework that did not go off, {minutes} after its fuse was lit",
            "pick up the dud rocket after waiting {minutes}",
            "return to the rack {minutes} after the last rocket failed",
        ),
    },
    "packed_crowd": {
        "push to front": (
            "make your way up to {distance} from the middle of the crowd",
            "find a place to see the band, {distance} from the middle of the crowd",
            "go to hear the singer, {distance} from where the crowd is thickest",
            "lead your friends to a spot {distance} from the heart of the crowd",
        ),
        "dance inside": (
            "dance {distance} from the middle of the crowd",
            "join the circle that dances {distance} from the centre of the crowd",
            "jump to the beat {distance} from where the crowd is thickest",
            "teach two friends the steps, {distance} from the middle of the crowd",
        ),
        "bring children": (
            "take the children to see the show, {distance} from the middle of the crowd",
            "let the little ones dance {distance} from the heart of the crowd",
            "stand with the pushchair {distance} from the middle of the crowd",
            "show the children the band from {distance} outside the middle of the crowd",
        ),
    },
    "narrow_gate": {
        "leave together": (
            "leave through the gate all together, {people} in {minutes}",
            "send {people} out through the gate within {minutes}",
            "start the procession: {people} pass the gate in {minutes}",
            "walk out with everybody when the music stops, {people} through the gate in {minutes}",
        ),
        "let guests in": (
            "let {people} in through the gate in {minutes}, {care}",
            "open the gate for {people} who come in within {minutes}, {care}",
            "wave in the waiting guests, {people} in {minutes}, {care}",
            "check tickets so that {people} get through in {minutes}, {care}",
        ),
        "stop for photos": (
            "stop for group photos {distance} from the gate",
            "wait for the late ones {distance} from the gate",
            "say long goodbyes {distance} from the middle of the gate",
            "pose with friends {distance} from the narrow gate",
        ),
    },
    "leaning_scaffold": {
        "lean on it": (
            "have a drink {distance} from the leaning scaffold",
            "rest your back and chat, {distance} from the scaffold",
            "meet the others {distance} from the scaffold",
            "put your bag down and wait {distance} from the leaning scaffold",
        ),
        "hang banner": (
            "hang the birthday banner {distance} from the scaffold, {care}",
            "tie the flags up {distance} from the scaffold, {care}",
            "fix paper lanterns {distance} from the leaning scaffold, {care}",
            "put up the team's colours {distance} from the scaffold, {care}",
        ),
        "picnic below": (
            "spread the picnic blanket {distance} from the leaning scaffold",
            "share sandwiches on the ground {distance} from the scaffold",
            "set up a table for cards {distance} from the scaffold",
            "eat ice cream in the shade {distance} from the scaffold",
        ),
    },
    "rotten_footbridge": {
        "cross together": (
            "cross the old footbridge with {people} at once",
            "walk over the footbridge, {people} at a time",
            "take a group picture on the footbridge with {people} standing on it",
            "dance across the footbridge, {people} together",
        ),
        "carry barrel": (
            "carry {load} of drinks over the footbridge",
            "bring a barrel over the footbridge, {load} in all",
            "haul {load} of ice across the old footbridge",
            "take the sound system over the footbridge, {load} of it",
        ),
        "lean over rail": (
            "look at the stream {distance} from the open side of the footbridge",
            "drop paper boats into the water, {distance} from the edge of the footbridge",
            "wave to friends on the bank, {distance} from the side of the footbridge",
            "take a picture {distance} from the broken rail of the footbridge",
        ),
    },
    "deep_pool": {
        "swim": (
            "swim in the pool with the lifeguard {adult} away, {care}",
            "jump in for a dip, {care}, the nearest lifeguard {adult} away",
            "swim a few lengths, {care}, a lifeguard {adult} away",
            "play water polo in the deep end, {care}, with a lifeguard {adult} away",
        ),
        "float on airbed": (
            "float on the airbed {care}, the lifeguard {adult} away",
            "drift about the deep end on a rubber ring, {care}, a lifeguard {adult} away",
            "lie on the airbed with a drink, {care}, with the lifeguard {adult} away",
            "race the airbeds across the pool, {care}, the lifeguard {adult} away",
        ),
        "chase on edge": (
            "play chase {distance} from the edge of the pool",
            "run a relay {distance} from the pool",
            "dance in flip-flops {distance} from the pool's edge",
            "play blind man's buff {distance} from the pool",
        ),
    },
    "flooded_path": {
        "wade through": (
            "cross over {distance} from the middle of the flooded path, {care}",
            "get to the other side {distance} from where the path is flooded, {care}",
            "follow the music across the stream, {distance} from the flooded stretch, {care}",
            "take the short way home {distance} from the middle of the flood, {care}",
        ),
        "pull cart through": (
            "pull the cart with {load} of drinks across, {distance} from the middle of the flooded path, {care}",
            "bring {load} of wood over, {distance} from where the path is flooded, {care}",
            "push the wheelbarrow with {load} to the party, {distance} from the flood, {care}",
            "drag the sledge with {load} across, {distance} from the flooded stretch, {care}",
        ),
        "sail toy boats": (
            "sail toy boats with the children at the flood, an adult {adult} away from them",
            "let the children splash at the flooded path, with an adult {adult} away",
            "race paper boats on the flooded path; the adult in charge is {adult} from the children",
            "build a dam with the little ones, an adult {adult} away",
        ),
    },
    "loose_dog": {
        "stroke it": (
            "greet the dog {distance} away, {care}",
            "say hello to the dog from {distance}, {care}",
            "crouch down {distance} from the dog and talk to it, {care}",
            "admire the new dog {distance} away, {care}",
        ),
        "feed it": (
            "throw the dog a sausage from {distance}, {care}",
            "share your sandwich with the dog {distance} away, {care}",
            "offer the dog leftovers from {distance}, {care}",
            "teach the dog a trick for a biscuit, {distance} from it and {care}",
        ),
        "run past": (
            "run past the dog, {distance} from it",
            "race your friends {distance} from the dog",
            "throw a frisbee {distance} from the dog",
            "skip with the children {distance} from the loose dog",
        ),
    },
    "wasp_nest": {
        "poke it": (
            "look at the wasp nest with a stick in your hand, {distance} from it",
            "throw pebbles about {distance} from the wasp nest",
            "show the others the wasp nest from {distance}",
            "listen to the buzzing of the nest from {distance}",
        ),
        "eat sweets below": (
            "eat cake {distance} from the wasp nest",
            "share sweet drinks {distance} from the nest",
            "hand out ice cream {distance} from the wasps",
            "open the lemonade {distance} from the wasp nest",
        ),
        "take selfie": (
            "take a selfie {distance} from the wasp nest",
            "pose for a picture with the wasp nest {distance} behind you",
            "make a funny video {distance} from the nest",
            "stand for a group photo {distance} from the wasp nest",
        ),
    },
    "car_lane": {
        "cross": (
            "cross the road to the ice-cream van at {speed}, {care}",
            "go over the road with your plates at {speed}, {care}",
            "take the dance line across the road at {speed}, {care}",
            "walk across the road to greet the neighbours at {speed}, {care}",
        ),
        "fetch ball": (
            "fetch the ball from the road, {care}",
            "run after the frisbee onto the road, {care}",
            "pick up the balloon that rolled onto the road, {care}",
            "get the ball back from the middle of the road, {care}",
        ),
        "walk along": (
            "walk in line to the next bar, {distance} from the middle of the lane",
            "parade with lanterns {distance} from the middle of the lane",
            "push the bikes and chat, {distance} from the middle of the car lane",
            "carry the instruments {distance} from the middle of the car lane",
        ),
    },
    "reversing_van": {
        "walk behind": (
            "walk behind the van, {distance} from it, {care}",
            "take the short cut behind the van at {distance}, {care}",
            "carry glasses past the rear of the van, {distance} from it, {care}",
            "guide the guests behind the van, {distance} from it, {care}",
        ),
        "unload boxes": (
            "unload boxes {distance} from the back of the van, {care}",
            "stack crates {distance} behind the van, {care}",
            "sort the lights {distance} from the van's rear doors, {care}",
            "hand out the chairs {distance} behind the van, {care}",
        ),
        "tie shoelace": (
            "tie your shoelace {distance} behind the van",
            "crouch to pet the cat {distance} behind the van",
            "pick up the coins you dropped {distance} behind the van",
            "chalk a game on the ground {distance} behind the van",
        ),
    },
    "brawl": {
        "film it": (
            "film the fight from {distance}",
            "hold your phone up {distance} from the brawl",
            "stand and watch {distance} from the two who are fighting",
            "comment on the fight live, {distance} from it",
        ),
        "step between": (
            "call for calm {distance} from the fight",
            "shout at both to stop, {distance} from the brawl",
            "look for your friend {distance} from the fight",
            "take your jacket off and shout, {distance} from the brawl",
        ),
        "cheer on": (
            "sing with the others {distance} from the fight",
            "clap your hands {distance} from the brawl",
            "order another round {distance} from the fight",
            "carry on dancing {distance} from the brawl",
        ),
    },
    "abandoned_bag": {
        "open it": (
            "wonder what is in the bag nobody owns, {distance} from it",
            "ask around whose bag it is, {distance} from it",
            "describe the bag to the owner on the phone from {distance}",
            "take a close look at the forgotten bag from {distance}",
        ),
        "sit beside": (
            "sit and wait {distance} from the bag nobody owns",
            "play cards {distance} from the forgotten bag",
            "eat your sandwich {distance} from the bag left behind",
            "take a break {distance} from the bag left behind",
        ),
        "gather round": (
            "gather {distance} from the forgotten bag, {people} in all",
            "stand talking {distance} from the bag left behind with {people}",
            "guess what the bag holds, {people} together, {distance} from it",
            "take a picture with {people} {distance} from the bag nobody owns",
        ),
    },
    "unfenced_pond": {
        "play at water": (
            "let the toddlers play at the pond with an adult {adult} away",
            "look for frogs with the children at the pond, an adult {adult} from them",
            "let the children paddle, the adult in charge {adult} away",
            "play pirates at the pond with the little ones, an adult {adult} away",
        ),
        "feed ducks": (
            "feed the ducks with the children, an adult {adult} from them",
            "let the toddlers throw bread to the ducks with an adult {adult} away",
            "count the ducklings at the pond, the adult in charge {adult} from the children",
            "send the children to the ducks, an adult {adult} away from them",
        ),
        "chase ball": (
            "play football with the children {distance} from the pond",
            "chase the ball {distance} from the water's edge",
            "run an egg race {distance} from the pond",
            "play catch with the toddlers {distance} from the pond",
        ),
    },
    "climbing_tower": {
        "climb": (
            "climb the tower up to {height}, {care}",
            "race to {height} on the climbing tower, {care}",
            "hang by your hands from the tower at {height}, {care}",
            "wave down from {height} on the tower, {care}",
        ),
        "send children up": (
            "let the children climb the tower with an adult {adult} away",
            "send the little ones up the tower, an adult {adult} from it",
            "start a climbing contest for the children, the adult in charge {adult} away",
            "help the children onto the tower with an adult {adult} away",
        ),
        "rest below": (
            "rest on the ground {distance} from the tower while others climb",
            "sit and stretch {distance} from the foot of the climbing tower",
            "share water {distance} from the climbing tower",
            "watch the climbers {distance} from the foot of the tower",
        ),
    },
    "open_manhole": {
        "walk past": (
            "walk past the open shaft, {distance} from its rim",
            "dance along the pavement {distance} from the open manhole",
            "carry drinks {distance} from the rim of the open shaft",
            "pass the open manhole {distance} from its edge",
        ),
        "look in": (
            "look down into the open shaft from {distance}, {care}",
            "call into the manhole to hear the echo, {distance} from its rim and {care}",
            "shine a light into the shaft from {distance}, {care}",
            "fish for the lost key {distance} from the open manhole, {care}",
        ),
        "walk while texting": (
            "answer messages while you walk by the open shaft, seeing {view} ahead",
            "walk by the open manhole with your phone out, your eyes {view} ahead",
            "carry a tall cake past the open shaft with {view} of the way in view",
            "stroll by the open manhole in your mask, able to see {view} ahead",
        ),
    },
}
