// The page of an address where nothing is.

import * as frame from "./frame.js";

frame.start();
frame.started();
