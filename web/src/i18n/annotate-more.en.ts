// More English words: those of practice and dialogs, which are loaded with them.
const more = {
  "app.close": "Close",
  "do.more": "More",

  "save.why-saved": "The server has every answer of yours.",
  "save.why-waiting":
    "They are kept in this browser and are sent by themselves as soon as the server can be reached. You can go on working.",
  "save.why-refused":
    "The server did not accept these. They are kept here; tell the person who invited you:",
  "save.title": "Is my work saved?",

  "practice.title": "A short practice first",
  "practice.step": "Practice {n} of {all}",
  "practice.draw": "Draw a box around the {structure}, as tight as you can.",
  "practice.how": "Drag from one corner to the other. Or tap one corner, then the other.",
  "practice.check": "Check my box",
  "practice.next": "Next",
  "practice.start": "Start working",
  "practice.skip": "Skip the practice",
  "practice.again": "Try again",
  "practice.good": "Well done!",
  "practice.loose": "A little too large",
  "practice.tight": "A little too small",
  "practice.elsewhere": "Not quite there",
  "practice.missed": "It is there, look again",
  "practice.legend": "Dashed: where it really is",

  "do.far-next": "Ten slices on",
  "do.far-previous": "Ten slices back",
  "do.start": "First slice of the volume",
  "do.end": "Last slice of the volume",

  "help.title": "Help and keys",
  "help.how": "How to work",
  "help.how-1": "Find where the structure begins and where it ends.",
  "help.how-2": "Draw a tight box on each slice that the page shows you.",
  "help.how-3": "Look at the proposed boxes in between; take or mend them.",
  "help.touch": "On a touch screen",
  "help.touch-1": "One finger draws. Two fingers move and zoom the picture.",
  "help.touch-2": "Drag a handle to move an edge; a magnifier shows what lies under your finger.",
  "help.mouse": "With a mouse",
  "help.mouse-1":
    "The wheel goes through the slices; with Ctrl it zooms. Drag with the right button for brightness, with the middle one to move the picture.",
  "help.keys": "Keys",
  "help.keys-why": "To change a key, press its button, then the new key.",
  "help.keys-press": "press a key …",
  "help.keys-reset": "All as they were",
  "help.keys-edges":
    "A box that has the focus: arrow keys move it, with Shift by ten; Tab goes to its edges. 1 to 9 choose a brightness.",
  "help.not-medical": "For research. Nobody is treated by what you draw here.",

  "settings.title": "Settings",
  "settings.theme": "Colours",
  "settings.system": "Like the device",
  "settings.light": "Light",
  "settings.dark": "Dark",
  "settings.language": "Language",
  "settings.saver": "Save data",
  "settings.saver-why": "Pictures a little coarser, a third less to load, and fewer ahead",

  "device.title": "Go on on another device",
  "device.why":
    "Scan this with the other device's camera. The link works once, for ten minutes, and only for you: do not pass it on.",
  "device.failed": "A link cannot be made without the network.",

  "give-back.title": "Give this structure back?",
  "give-back.why": "Somebody else will go on with it. Your answers so far are kept.",
  "give-back.do": "Give it back",
} as const;

export default more;
