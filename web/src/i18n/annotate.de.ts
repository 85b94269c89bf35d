// The words of the annotator's page in German.
import type en from "./annotate.en";
import type more from "./annotate-more.en";
import type { SameKeys } from "./translate";

const de: SameKeys<typeof en & typeof more> = {
  "app.loading": "Alles wird vorbereitet …",
  "app.close": "Schließen",
  "app.again": "Noch einmal versuchen",
  "app.no-storage": "Dieser Browser hat Ihre Arbeit nicht behalten",
  "app.no-storage-why":
    "Laden Sie die Seite neu und sehen Sie nach, ob Ihre letzte Antwort da ist. Bleibt es dabei, öffnen Sie sie in einem normalen, keinem privaten Fenster.",
  "app.signed-out": "Ihre Sitzung ist beendet",
  "app.signed-out-why": "Bitten Sie die Studienleitung um einen eigenen Link. Nichts ist verloren.",
  "app.sign-in": "Weiter",
  "app.failed": "Das hat nicht geklappt",

  "save.saved": "Alles gespeichert",
  "save.sending": "Wird gespeichert …",
  "save.waiting": {
    one: "1 Antwort noch nicht gesendet",
    other: "{n} Antworten noch nicht gesendet",
  },
  "save.offline": {
    one: "Offline: 1 Antwort liegt hier",
    other: "Offline: {n} Antworten liegen hier",
  },
  "save.signed-out": {
    one: "Abgemeldet: 1 Antwort liegt hier",
    other: "Abgemeldet: {n} Antworten liegen hier",
  },
  "save.refused": {
    one: "1 Antwort wurde nicht angenommen",
    other: "{n} Antworten wurden nicht angenommen",
  },
  "save.why-saved": "Der Server hat alle Ihre Antworten.",
  "save.why-waiting":
    "Sie liegen in diesem Browser und werden von selbst gesendet, sobald der Server erreichbar ist. Sie können weiterarbeiten.",
  "save.why-refused":
    "Der Server hat diese nicht angenommen. Sie bleiben hier; sagen Sie es der Person, die Sie eingeladen hat:",
  "save.title": "Ist meine Arbeit gespeichert?",

  "practice.title": "Zuerst eine kurze Übung",
  "practice.step": "Übung {n} von {all}",
  "practice.draw": "Zeichnen Sie einen Rahmen um: {structure}. So eng Sie können.",
  "practice.how":
    "Ziehen Sie von einer Ecke zur anderen. Oder tippen Sie erst auf die eine, dann auf die andere Ecke.",
  "practice.check": "Rahmen prüfen",
  "practice.next": "Weiter",
  "practice.start": "Jetzt arbeiten",
  "practice.skip": "Übung überspringen",
  "practice.again": "Noch einmal",
  "practice.good": "Gut gemacht!",
  "practice.loose": "Etwas zu groß",
  "practice.tight": "Etwas zu klein",
  "practice.elsewhere": "Noch nicht ganz dort",
  "practice.missed": "Es ist da, schauen Sie noch einmal",
  "practice.legend": "Gestrichelt: wo es wirklich ist",

  "queue.nothing": "Gerade gibt es nichts zu tun",
  "queue.nothing-why":
    "Danke! Schauen Sie später wieder herein: neue Arbeit erscheint hier von selbst.",
  "queue.offline": "Sie sind offline",
  "queue.offline-why": "Die nächste Struktur kommt, sobald der Server erreichbar ist.",
  "queue.finished": "{structure}: fertig. Danke!",
  "queue.finished-count": {
    one: "Sie haben 1 Struktur fertig.",
    other: "Sie haben {n} Strukturen fertig.",
  },
  "queue.next": "Nächste Struktur",
  "queue.revoked":
    "Diese Struktur wurde jemand anderem gegeben, weil sie lange ruhte. Alle Ihre Antworten bleiben erhalten.",

  "guide.ends": "{structure}: Wo ist der Anfang, wo das Ende?",
  "guide.ends-how":
    "Gehen Sie mit dem Streifen unten durch die Schichten. Markieren Sie die erste und die letzte Schicht, auf der Sie es sehen.",
  "guide.first": "Suchen Sie nun den Anfang",
  "guide.last": "Suchen Sie nun das Ende",
  "guide.boxes": "{structure}: Rahmen zeichnen",
  "guide.boxes-how": "Zeichnen Sie einen Rahmen um alles davon, so eng Sie können.",
  "guide.boxes-ghost":
    "Der gestrichelte Rahmen stammt von der Schicht daneben. Nehmen Sie ihn, oder zeichnen Sie Ihren eigenen.",
  "guide.boxes-left": { one: "Noch 1 Schicht", other: "Noch {n} Schichten" },
  "guide.boxes-mend": "Ziehen Sie an den Griffen, bis er passt; dann weiter.",
  "guide.between": "Die Schichten dazwischen ansehen",
  "guide.between-how":
    "Die gestrichelten Rahmen sind aus Ihren berechnet. Nehmen Sie jeden, oder zeichnen Sie ihn besser.",
  "guide.between-left": { one: "Noch 1 anzusehen", other: "Noch {n} anzusehen" },
  "guide.between-optional":
    "Diese Struktur ist vollständig; Sie können abschließen oder auch diese ansehen.",
  "guide.done": "Alles hat eine Antwort",
  "guide.done-how": "Sehen Sie alles noch einmal durch, wenn Sie mögen; dann schließen Sie ab.",
  "guide.nowhere": "Sie sagten: auf diesen Schichten ist es nirgends.",
  "guide.unfinished": {
    one: "Nicht fertig: 1 Schicht ist offen",
    other: "Nicht fertig: {n} Schichten sind offen",
  },
  "guide.steps": "Schritte",
  "guide.step-ends": "Enden",
  "guide.step-boxes": "Rahmen",
  "guide.step-between": "Dazwischen",
  "guide.step-done": "Abschließen",
  "guide.example": "Ein Beispiel zeigen",
  "guide.draft-corner": "Tippen Sie nun auf die Ecke gegenüber",
  "guide.draft-extremes": "Tippen Sie oben, unten, links und rechts: {n} von 4",

  "tool.undo": "Zurück",
  "tool.redo": "Wieder",
  "tool.remove": "Löschen",
  "tool.mode": "4 Punkte",
  "tool.window": "Kontrast",
  "tool.mask": "Maske",
  "tool.more": "Mehr",

  "do.region": "Antwort und Werkzeuge",
  "do.accept": "Rahmen nehmen",
  "do.next": "Nächste Schicht",
  "do.previous": "Vorige Schicht",
  "do.go-on": "Weiter",
  "do.draw": "Rahmen zeichnen",
  "do.absent": "Nicht hier",
  "do.unsure": "Unsicher",
  "do.first": "Beginnt hier",
  "do.last": "Endet hier",
  "do.nowhere": "Es ist nirgends",
  "do.finish": "Struktur abschließen",
  "do.undo": "Rückgängig",
  "do.redo": "Wiederholen",
  "do.remove": "Rahmen löschen",
  "do.new-box": "Neuer Rahmen mit der Tastatur",
  "do.mode": "Vier Punkte",
  "do.window": "Helligkeit und Kontrast",
  "do.window-drag": "Durch Ziehen ändern",
  "do.window-reset": "Wie am Anfang",
  "do.mask": "Maske zeigen",
  "do.fit": "Ganzes Bild",
  "do.zoom-in": "Größer",
  "do.zoom-out": "Kleiner",
  "do.more": "Mehr",
  "do.edges": "Kanten bewegen",
  "do.help": "Hilfe und Tasten",
  "do.settings": "Einstellungen",
  "do.device": "Anderes Gerät",
  "do.give-back": "Struktur zurückgeben",
  "do.log-out": "Abmelden",
  "do.far-next": "Zehn Schichten weiter",
  "do.far-previous": "Zehn Schichten zurück",
  "do.start": "Erste Schicht des Stapels",
  "do.end": "Letzte Schicht des Stapels",
  "do.cancel": "Abbrechen",

  "box.name": "Rahmen {n}: oben {top}, links {left}, unten {bottom}, rechts {right}",
  "box.ghost": "Vorgeschlagener Rahmen",
  "box.top": "Obere Kante",
  "box.bottom": "Untere Kante",
  "box.left": "Linke Kante",
  "box.right": "Rechte Kante",
  "box.replaced": "Neuer Rahmen statt des alten",
  "box.added": "Ein weiterer Rahmen",
  "box.removed": "Rahmen gelöscht",
  "box.small": "Das ist zu klein für einen Rahmen",

  "slice.name": "Schicht {n} von {all}",
  "slice.loading": "Diese Schicht ist unterwegs …",
  "slice.strip": "Schichten",
  "state.boxes": "Rahmen",
  "state.absent": "nicht hier",
  "state.unsure": "unsicher",
  "state.asked": "offen",
  "state.proposed": "vorgeschlagen",
  "state.outside": "außerhalb",
  "state.unseen": "nicht gesehen",

  "help.title": "Hilfe und Tasten",
  "help.how": "So geht es",
  "help.how-1": "Suchen Sie, wo die Struktur beginnt und wo sie endet.",
  "help.how-2": "Zeichnen Sie auf jeder Schicht, die die Seite zeigt, einen engen Rahmen.",
  "help.how-3":
    "Sehen Sie die vorgeschlagenen Rahmen dazwischen an; nehmen oder verbessern Sie sie.",
  "help.touch": "Mit dem Finger",
  "help.touch-1": "Ein Finger zeichnet. Zwei Finger verschieben und vergrößern das Bild.",
  "help.touch-2":
    "Ziehen Sie an einem Griff, um eine Kante zu bewegen; eine Lupe zeigt, was unter dem Finger liegt.",
  "help.mouse": "Mit der Maus",
  "help.mouse-1":
    "Das Rad geht durch die Schichten; mit Strg vergrößert es. Mit der rechten Taste ziehen ändert die Helligkeit, mit der mittleren verschiebt es das Bild.",
  "help.keys": "Tasten",
  "help.keys-why": "Um eine Taste zu ändern, drücken Sie auf ihren Knopf, dann die neue Taste.",
  "help.keys-press": "Taste drücken …",
  "help.keys-reset": "Alle wie am Anfang",
  "help.keys-edges":
    "Ein Rahmen mit Fokus: Pfeiltasten bewegen ihn, mit Umschalt um zehn; Tab geht zu seinen Kanten. 1 bis 9 wählen eine Helligkeit.",
  "help.not-medical": "Für die Forschung. Niemand wird danach behandelt, was Sie hier zeichnen.",

  "settings.title": "Einstellungen",
  "settings.theme": "Farben",
  "settings.system": "Wie das Gerät",
  "settings.light": "Hell",
  "settings.dark": "Dunkel",
  "settings.language": "Sprache",
  "settings.saver": "Daten sparen",
  "settings.saver-why": "Bilder etwas gröber, ein Drittel weniger zu laden, und weniger im Voraus",

  "device.title": "Auf einem anderen Gerät weitermachen",
  "device.why":
    "Scannen Sie das mit der Kamera des anderen Geräts. Der Link geht einmal, zehn Minuten lang, und nur für Sie: geben Sie ihn nicht weiter.",
  "device.failed": "Ohne Netz kann kein Link gemacht werden.",

  "give-back.title": "Diese Struktur zurückgeben?",
  "give-back.why": "Jemand anderes macht damit weiter. Ihre bisherigen Antworten bleiben erhalten.",
  "give-back.do": "Zurückgeben",
};

export default de;
