// Draws the API's description with Redoc.
"use strict";

const target = document.getElementById("redoc");

Redoc.init(target.dataset.schema, { disableSearch: true, hideDownloadButton: true, nativeScrollbars: true }, target);
