// Draws the API's description with Swagger UI; the token stays in the page and is gone with it.
"use strict";

const target = document.getElementById("swagger-ui");

SwaggerUIBundle({
  url: target.dataset.schema,
  domNode: target,
  deepLinking: true,
  docExpansion: "none",
  filter: true,
  validatorUrl: null,
  presets: [SwaggerUIBundle.presets.apis],
});
