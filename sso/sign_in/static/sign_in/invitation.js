// The link carries the token after the #, which no server and no log ever sees.
const token = decodeURIComponent(location.hash.slice(1));
if (token) {
    document.getElementById("id_token").value = token;
    history.replaceState(null, "", location.pathname);
}
