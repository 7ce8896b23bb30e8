// Calls to the REST API.

let token = "";

/** A failed call. The message says what is wrong and how to fix it. */
export class CallError extends Error {}

/** Predict a film. Returns its entry in the response. */
export async function predict(film, signal) {
  const response = await post("/v1/predict", await form(film), signal);
  return response.films[0];
}

/** Explain one genre of a film. */
export async function explain(film, genre, signal) {
  const body = await form(film);
  body.append("genre", genre);
  return post("/v1/explain", body, signal);
}

async function form(film) {
  if (film.poster) await checkReadable(film.poster);
  const body = new FormData();
  if (film.title) body.append("title", film.title);
  if (film.overview) body.append("overview", film.overview);
  if (film.poster) body.append("poster", film.poster, "poster");
  return body;
}

/** The file may have been changed since it was chosen, or be a folder. */
async function checkReadable(file) {
  try {
    await file.slice(0, 1).arrayBuffer();
  } catch {
    throw new CallError("The poster file cannot be read. Choose an image file again.");
  }
}

/** Fetch an image of this service as a Blob. */
export async function fetchImage(path) {
  const response = await send(path, {});
  if (!response.ok) throw await callError(response);
  return response.blob();
}

async function post(path, body, signal) {
  const headers = token ? { Authorization: `Bearer ${bytesOf(token)}` } : {};
  const response = await send(path, { method: "POST", body, headers, signal });
  if (response.status === 401) {
    token = await tokenFromUser(Boolean(token));
    return post(path, body, signal);
  }
  if (!response.ok) throw await callError(response);
  try {
    return await response.json();
  } catch (error) {
    if (error.name === "AbortError") throw error;
    throw new CallError("The service's response was cut off. Try again.");
  }
}

/** A text whose characters are its bytes in UTF-8: fetch sends headers in Latin-1. */
function bytesOf(text) {
  return String.fromCharCode(...new TextEncoder().encode(text));
}

async function send(path, options) {
  try {
    return await fetch(path, options);
  } catch (error) {
    if (error.name === "AbortError") throw error;
    throw new CallError("The service does not respond. Is it still running?");
  }
}

async function callError(response) {
  const { detail, hint } = await response.json().catch(() => ({}));
  // a proxy may answer with its own page, and HTTP/2 has no status text
  if (!detail) return new CallError(`The service answered with status ${response.status}. Try again later.`);
  return new CallError(sentence(detail) + (hint ? " " + sentence(hint) : ""));
}

/** A message of the service as a sentence. */
export function sentence(text) {
  return text ? text[0].toUpperCase() + text.slice(1) + (/[.!?]$/.test(text) ? "" : ".") : "";
}

function tokenFromUser(wrong) {
  const dialog = document.getElementById("token-dialog");
  const field = document.getElementById("token");
  document.getElementById("token-error").textContent = wrong ? "This token is wrong." : "";
  dialog.showModal();
  return new Promise((resolve, reject) => {
    // A dialog closed with Escape gives no token: the call fails, and the page stays usable.
    dialog.onclose = () => reject(new CallError("The service requires a token."));
    document.getElementById("token-form").onsubmit = (event) => {
      event.preventDefault();
      resolve(field.value);
      dialog.close();
      field.value = "";
    };
  });
}
