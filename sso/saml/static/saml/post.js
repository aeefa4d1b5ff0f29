// Sends the request on at once; without scripts, the button does.
document.getElementById("saml-request").submit();
