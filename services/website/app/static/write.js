// The page to write on: puts its parts together.

import * as editor from "./editor.js";
import * as frame from "./frame.js";
import * as shelf from "./shelf.js";
import * as stage from "./stage.js";

frame.start();
stage.start({ onSaved: shelf.add, onNoBlank: editor.focus });
editor.start({ onEdit: stage.edit, onFill: () => stage.fillAll(editor.focus) });
shelf.start();
frame.started();
