"""Phrasings of deeds in halls and on open grounds: signs, privacy, floors, gas, glass, machines, ice, storm, sports.

Rows of `wording.py`: for each primitive and deed four clauses that both tellings share; numbers and precautions decide.
"""

from __future__ import annotations

from collections.abc import Mapping

HALL: Mapping[str, Mapping[str, tuple[str, ...]]] = {
    "false_exit_sign": {
        "follow it": (
            "follow the exit sign to the after-party, {care}",
            "take the way that the exit sign shows, {care}",
            "leave by the door under the exit sign, {care}",
            "go where the green sign points, {care}",
        ),
        "lead group": (
            "lead {people} out along the exit sign, {care}",
            "show {people} the way by the exit sign, {care}",
            "walk the choir of {people} out where the sign points, {care}",
            "guide {people} to the taxi by the exit sign, {care}",
        ),
        "meet behind it": (
            "agree to meet with {people} behind the door with the exit sign, {care}",
            "gather {people} at the door that the sign calls an exit, {care}",
            "plan the way home for {people} by the exit sign, {care}",
            "tell {people} to use the door under the sign in a hurry, {care}",
        ),
    },
    "rumour_board": {
        "pass on": (
            "pass the board's news on to {people}, {care}",
            "tell {people} at the bar what the board says, {care}",
            "send the note on the board to {people}, {care}",
            "share the story from the board with {people}, {care}",
        ),
        "act on tip": (
            "do what the note on the board advises, {care}",
            "try the board's trick against hiccups, {care}",
            "change your way home because of the board's news, {care}",
            "swap your medicine for the board's home remedy, {care}",
        ),
        "read aloud": (
            "read the notes on the board to {people}, {care}",
            "announce the board's warning to {people}, {care}",
            "sing the board's news to {people}, {care}",
            "open the quiz for {people} with a fact from the board, {care}",
        ),
    },
    "open_register": {
        "read names": (
            "look through the open guest register, {care}",
            "read out who signed the register, {care}",
            "search the open register for old friends, {care}",
            "make a song of the names in the register, {care}",
        ),
        "photograph pages": (
            "photograph the pages of the register, {care}",
            "film the open register for the party's video, {care}",
            "copy addresses from the register for a prank, {care}",
            "scan the register to invite all to the next party, {care}",
        ),
        "post list": (
            "post the register's list for {people} to see, {care}",
            "send the guests' addresses to {people}, {care}",
            "show the list of guests on the screen to {people}, {care}",
            "put the register into the group chat of {people}, {care}",
        ),
    },
    "hidden_camera": {
        "film friends": (
            "film {people} with the camera behind the plant, {care}",
            "record a prank on {people} with the small camera, {care}",
            "let the hidden camera run while {people} dance, {care}",
            "catch {people} singing on the hidden camera, {care}",
        ),
        "change clothes": (
            "change into your costume {distance} from the small camera, {care}",
            "put on dry clothes {distance} from the camera behind the plant, {care}",
            "try on the fancy dress {distance} from the hidden camera, {care}",
            "get ready for the pool {distance} from the small camera, {care}",
        ),
        "share clip": (
            "share the hidden camera's clip with {people}, {care}",
            "show the secret film to {people}, {care}",
            "put the camera's best moments online for {people}, {care}",
            "send the clip from the small camera to {people}, {care}",
        ),
    },
    "wet_floor": {
        "run across": (
            "run to the dance floor at {speed}, {distance} from the middle of the wet floor",
            "chase your friends at {speed}, {distance} from the wet patch",
            "race to the buffet at {speed}, {distance} from the middle of the wet floor",
            "lead the conga at {speed}, {distance} from the wet patch",
        ),
        "carry glasses": (
            "carry a tray of glasses at {speed}, {distance} from the middle of the wet floor, {care}",
            "bring the cake in at {speed}, {distance} from the wet patch, {care}",
            "clear the plates at {speed}, {distance} from the middle of the wet floor, {care}",
            "take drinks round at {speed}, {distance} from the wet patch, {care}",
        ),
        "dance on it": (
            "dance at {speed}, {distance} from the middle of the wet floor, {care}",
            "waltz with your neighbour at {speed}, {distance} from the wet patch, {care}",
            "practise turns at {speed}, {distance} from the middle of the wet floor, {care}",
            "jive across the hall at {speed}, {distance} from the wet patch, {care}",
        ),
    },
    "oil_spill": {
        "walk through": (
            "walk to the bar {distance} from the middle of the oil spill, {care}",
            "go and greet the cook {distance} from the spilled oil, {care}",
            "lead your partner to the floor {distance} from the middle of the oil, {care}",
            "pass the kitchen door {distance} from the oil spill, {care}",
        ),
        "slide on it": (
            "slide in your socks at {speed}, {distance} from the middle of the oil spill",
            "see who glides farthest at {speed}, {distance} from the spilled oil",
            "run and skid at {speed}, {distance} from the middle of the oil",
            "dance the moonwalk at {speed}, {distance} from the oil spill",
        ),
        "carry tray": (
            "carry a tray of {load} {distance} from the middle of the oil spill, {care}",
            "bring {load} of soup in {distance} from the spilled oil, {care}",
            "take {load} of dishes out {distance} from the middle of the oil, {care}",
            "serve {load} of pie {distance} from the oil spill, {care}",
        ),
    },
    "trailing_cable": {
        "run over": (
            "go over the trailing cable to the stage at {speed}",
            "cross the cable with the dance line at {speed}",
            "hurry over the cable on the floor at {speed}",
            "step over the trailing cable at {speed}",
        ),
        "carry crate": (
            "carry {load} of crates over the cable, seeing {view} ahead, {care}",
            "bring the big cake over the trailing cable with {view} in view, {care}",
            "take {load} of presents across the cable, seeing {view} of the floor, {care}",
            "haul the stuffed bear over the cable, {view} of the floor in sight, {care}",
        ),
        "dance over": (
            "dance {distance} from the trailing cable, {care}",
            "limbo {distance} from the cable on the floor, {care}",
            "play musical chairs {distance} from the trailing cable, {care}",
            "skip rope {distance} from the cable, {care}",
        ),
    },
    "leaking_gas_bottle": {
        "light candles": (
            "light the candles {distance} from the gas bottle, {care}",
            "smoke a cigar {distance} from the gas bottle, {care}",
            "strike a match {distance} from the hissing bottle, {care}",
            "light the lanterns {distance} from the gas bottle, {care}",
        ),
        "change burner": (
            "change the burner {distance} from the gas bottle, {care}",
            "fit the new hose {distance} from the hissing bottle, {care}",
            "repair the heater {distance} from the gas bottle, {care}",
            "swap the stove's nozzle {distance} from the gas bottle, {care}",
        ),
        "fry on stove": (
            "fry pancakes {distance} from the gas bottle",
            "boil the punch {distance} from the hissing bottle",
            "start the barbecue {distance} from the gas bottle",
            "toast bread over a flame {distance} from the gas bottle",
        ),
    },
    "paint_fumes": {
        "paint banner": (
            "paint the banner for {minutes} in the fumes, {care}",
            "spray the birthday letters for {minutes}, {care}",
            "varnish the stage props for {minutes}, {care}",
            "colour the masks with solvent paint for {minutes}, {care}",
        ),
        "take nap": (
            "take a nap for {minutes}, {distance} from the wet paint",
            "lie down for {minutes} {distance} from the open paint tins",
            "rest your eyes for {minutes}, {distance} from the fresh varnish",
            "doze for {minutes} between songs, {distance} from the paint",
        ),
        "play cards": (
            "play cards for {minutes}, {distance} from the paint tins, {care}",
            "hold the quiz for {minutes}, {distance} from the fresh paint, {care}",
            "rehearse the song for {minutes}, {distance} from the open tins, {care}",
            "tell stories for {minutes}, {distance} from the wet paint, {care}",
        ),
    },
    "broken_glass": {
        "dance barefoot": (
            "dance {distance} from the middle of the broken glass, {care}",
            "hop about {distance} from the shards, {care}",
            "do the twist {distance} from the middle of the broken glass, {care}",
            "teach the children a dance {distance} from the shards, {care}",
        ),
        "pick up pieces": (
            "pick up the broken glass, {care}",
            "gather the shards for a mosaic, {care}",
            "clear the splinters off the dance floor, {care}",
            "collect the pieces of the vase, {care}",
        ),
        "walk across": (
            "walk to the bar {distance} from the middle of the broken glass, {care}",
            "fetch a broom {distance} from the shards, {care}",
            "go and say goodnight {distance} from the middle of the broken glass, {care}",
            "carry the plates {distance} from the shards, {care}",
        ),
    },
    "glass_door": {
        "run through": (
            "go out through the glass door at {speed}",
            "follow the music through the glass door at {speed}",
            "hurry to the terrace by the glass door at {speed}",
            "enter by the glass door with the band at {speed}",
        ),
        "carry chairs": (
            "carry {load} of chairs through the glass door, seeing {view} ahead, {care}",
            "bring the piled cushions through the glass door with {view} in view, {care}",
            "take {load} of tables out by the glass door, seeing {view} ahead, {care}",
            "move the big plant through the glass door, {view} of the way in sight, {care}",
        ),
        "play ball": (
            "play ball {distance} from the glass door",
            "throw a balloon full of water {distance} from the glass door",
            "practise juggling {distance} from the glass door",
            "have a skating lesson {distance} from the glass door",
        ),
    },
    "forklift": {
        "cross aisle": (
            "cross the aisle {distance} from the forklift, {care}",
            "carry the drinks over {distance} from the forklift, {care}",
            "take the guests through the store {distance} from the forklift, {care}",
            "dance along the aisle {distance} from the forklift, {care}",
        ),
        "stack pallets": (
            "stack pallets for the stage {distance} from the forklift, {care}",
            "build a bar of pallets {distance} from the forklift, {care}",
            "sort the crates {distance} from the forklift, {care}",
            "load the decorations {distance} from the forklift, {care}",
        ),
        "chat in aisle": (
            "chat with the driver {distance} from the forklift",
            "have a toast in the aisle {distance} from the forklift",
            "take pictures {distance} from the moving forklift",
            "wait for the band {distance} from the forklift",
        ),
    },
    "robot_arm": {
        "reach in": (
            "take a glass off the belt {distance} from the robot arm, {care}",
            "straighten the cups {distance} from the robot arm, {care}",
            "place the cherry {distance} from the robot that mixes drinks, {care}",
            "pick up your prize {distance} from the robot arm, {care}",
        ),
        "dance beside": (
            "dance {distance} from the robot arm",
            "copy the robot's moves {distance} from it",
            "make a duet with the robot arm, {distance} from it",
            "take a selfie {distance} from the robot arm",
        ),
        "fetch cup": (
            "fetch the cup that fell under the robot arm, {care}",
            "wipe the table within the robot's reach, {care}",
            "hang a paper crown on the robot arm, {care}",
            "free the straw that is stuck in the gripper, {care}",
        ),
    },
    "unlit_steps": {
        "run down": (
            "run to meet the others {distance} from the unlit steps, {care}",
            "race to the garden {distance} from the dark steps, {care}",
            "hurry to the taxi {distance} from the unlit steps, {care}",
            "play tag in the dark {distance} from the steps, {care}",
        ),
        "carry cake": (
            "carry the cake of {load} {distance} from the unlit steps, {care}",
            "bring {load} of drinks out {distance} from the dark steps, {care}",
            "take the trays, {load} in all, {distance} from the unlit steps, {care}",
            "fetch {load} of wood {distance} from the dark steps, {care}",
        ),
        "race up": (
            "hold a race of {people} {distance} from the unlit steps, {care}",
            "start a conga with {people} {distance} from the dark steps, {care}",
            "play blind man's buff with {people} {distance} from the unlit steps, {care}",
            "tell ghost stories to {people} {distance} from the dark steps, {care}",
        ),
    },
    "unguarded_ledge": {
        "sit on edge": (
            "sit down {distance} from the edge of the ledge, {care}",
            "enjoy the view {distance} from the drop, {care}",
            "share a pizza {distance} from the edge, {care}",
            "let your legs rest {distance} from the edge of the roof, {care}",
        ),
        "take photo": (
            "take a group photo {distance} from the edge of the ledge",
            "pose for a selfie {distance} from the drop",
            "line up for a picture, {distance} from the edge",
            "step back for a better picture, {distance} from the drop",
        ),
        "dance near": (
            "dance {distance} from the edge of the ledge",
            "start a conga {distance} from the drop",
            "practise the steps {distance} from the edge",
            "spin round with your partner {distance} from the edge of the ledge",
        ),
    },
    "ice_patch": {
        "slide on it": (
            "slide along at {speed}, {distance} from the middle of the ice",
            "run and glide at {speed}, {distance} from the middle of the ice patch",
            "have a race at {speed}, {distance} from the icy spot",
            "pull the sledge at {speed}, {distance} from the middle of the ice",
        ),
        "walk across": (
            "walk to the mulled wine {distance} from the middle of the ice, {care}",
            "go over to the bonfire site {distance} from the middle of the ice patch, {care}",
            "take your friends to the door {distance} from the icy spot, {care}",
            "lead the lantern walk {distance} from the middle of the ice, {care}",
        ),
        "carry drinks": (
            "carry {load} of drinks {distance} from the middle of the ice, {care}",
            "bring a tray of {load} past the ice patch, {distance} from its middle, {care}",
            "fetch {load} of punch {distance} from the icy spot, {care}",
            "take {load} of cups to the stand, {distance} from the middle of the ice, {care}",
        ),
    },
    "storm_tree": {
        "shelter below": (
            "wait for the rain to pass {distance} from the tall tree",
            "huddle together {distance} from the tree in the storm",
            "finish your drinks {distance} from the tall tree as it thunders",
            "sing in the rain {distance} from the tall tree",
        ),
        "hang lanterns": (
            "hang lanterns {distance} from the tall tree while it thunders",
            "fix the rain sheet {distance} from the tree in the storm",
            "tie up the swing {distance} from the tall tree under the thunder",
            "take down the lights {distance} from the tree in the storm",
        ),
        "go back out": (
            "go back out under the tree {minutes} after the last thunder",
            "carry on with the picnic {minutes} after the last lightning",
            "start the music outside again {minutes} after the last thunder",
            "return to the tables by the tree, {minutes} after the last lightning",
        ),
    },
    "rope_swing": {
        "swing together": (
            "swing over the water with {people} on the rope",
            "take turns on the rope swing, {people} at a time",
            "hang on to the rope, {people} at once",
            "film the rope swing with {people} on it",
        ),
        "stand in path": (
            "stand and cheer {distance} from the rope swing",
            "wait for your turn {distance} from the swing",
            "take pictures {distance} from the rope swing",
            "sit on the grass {distance} from the path of the swing",
        ),
        "let children swing": (
            "let the children use the rope swing with an adult {adult} away",
            "push the little ones on the rope, the adult in charge {adult} from it",
            "hold a swinging contest for children, an adult {adult} away",
            "send the children to the rope swing with an adult {adult} from them",
        ),
    },
    "archery_range": {
        "fetch arrows": (
            "collect arrows {distance} from the targets, {care}",
            "look for the lost arrow {distance} from the target, {care}",
            "count the hits {distance} from the targets, {care}",
            "pull out the arrows and tidy up, {distance} from the target, {care}",
        ),
        "stand by target": (
            "stand and clap {distance} from the targets",
            "keep score {distance} from the archery target",
            "have your picnic {distance} from the targets",
            "call the points {distance} from the target",
        ),
        "shoot": (
            "shoot at the target when you can see {view} of the range, {care}",
            "take your turn with the bow with {view} in clear view, {care}",
            "loose an arrow with {view} of the range in sight, {care}",
            "try the longbow, seeing {view} down the range, {care}",
        ),
    },
}
