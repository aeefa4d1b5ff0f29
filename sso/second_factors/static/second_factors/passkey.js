// Browsers make and show passkeys to scripts alone. The answer goes into the form's hidden field,
// and the form is sent like any other.
const form = document.getElementById("passkey-form");
const button = document.getElementById("passkey-button");
const problem = document.getElementById("passkey-problem");

if (window.PublicKeyCredential?.parseCreationOptionsFromJSON) {
    button.hidden = false;
    button.addEventListener("click", answer);
} else {
    problem.textContent = "This browser cannot use passkeys.";
}

async function answer() {
    problem.textContent = "";
    const options = JSON.parse(form.dataset.options);
    try {
        const credential = form.dataset.ceremony === "create"
            ? await navigator.credentials.create({publicKey: PublicKeyCredential.parseCreationOptionsFromJSON(options)})
            : await navigator.credentials.get({publicKey: PublicKeyCredential.parseRequestOptionsFromJSON(options)});
        form.elements.passkey.value = JSON.stringify(credential.toJSON());
        form.submit();
    } catch (error) {
        problem.textContent = error.name === "InvalidStateError"
            ? "This device has a passkey for your account already."
            : "No passkey was used. Try again, or choose another way.";
    }
}
