// A Cloudflare Email Worker that hands every mail to the HTTP relay of Margins while the sender
// waits: what Margins refuses is refused to the sender, and for anything else that goes wrong the
// sender keeps the mail and tries again. Nothing is stored here. Setup: docs/relay.md.
//
// Source: https://developers.cloudflare.com/email-routing/email-workers/runtime-api/

const SECONDS = 20; // Cloudflare ends a Worker that takes much longer as a permanent failure

const utf8 = new TextEncoder();

function base64(bytes) {
  return btoa(Array.from(new Uint8Array(bytes), (byte) => String.fromCharCode(byte)).join(""));
}

function hexadecimal(bytes) {
  return Array.from(new Uint8Array(bytes), (byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** The header fields that show a request to be ours; src/margins/ingress/relay/signed.py. */
export async function signed(secret, envelope, content, now = Date.now()) {
  const timestamp = String(Math.floor(now / 1000));
  const said = base64(utf8.encode(JSON.stringify(envelope)));
  const digest = `sha-256=:${base64(await crypto.subtle.digest("SHA-256", content))}:`;
  const algorithm = { name: "HMAC", hash: "SHA-256" };
  const key = await crypto.subtle.importKey("raw", utf8.encode(secret), algorithm, false, ["sign"]);
  const text = utf8.encode([timestamp, said, digest].join("\n"));
  return {
    "Content-Type": "message/rfc822",
    "Content-Digest": digest,
    "Margins-Timestamp": timestamp,
    "Margins-Envelope": said,
    "Margins-Signature": hexadecimal(await crypto.subtle.sign("HMAC", key, text)),
  };
}

export default {
  /** MARGINS_URL is https://.../relay/cloudflare, MARGINS_SECRET one of relay_cloudflare_secrets. */
  async email(message, env) {
    const content = await new Response(message.raw).arrayBuffer();
    const envelope = { from: message.from, to: [message.to] };
    const answer = await fetch(env.MARGINS_URL, {
      method: "POST",
      headers: await signed(env.MARGINS_SECRET, envelope, content),
      body: content,
      redirect: "manual",
      signal: AbortSignal.timeout(SECONDS * 1000),
    });
    if (answer.status === 200 && answer.headers.has("Margins-Outcome")) return;
    // Without an outcome it is not Margins that speaks, or not about the mail: that is no refusal.
    const refused = answer.status >= 400 && answer.status < 500;
    if (refused && answer.headers.has("Margins-Outcome")) {
      message.setReject((await answer.text()).trim());
      return;
    }
    // An error that leaves the Worker is a temporary failure to the sender, who tries again.
    throw new Error(`Margins answered ${answer.status}`);
  },
};
