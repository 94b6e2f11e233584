/**
 * The page in the sandbox: draws one diagram per message of the page around it, and answers with the picture. It is of no
 * origin and its content policy lets nothing out.
 */
import mermaid from "mermaid";

const FONT = 'ui-sans-serif, system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", sans-serif';
/** The colours of the page, as css/tokens.css has them. */
const LIGHT = {
  background: "#fcfcfa", primaryColor: "#e2f0ea", primaryTextColor: "#1c2320", primaryBorderColor: "#7fb3a4",
  secondaryColor: "#fbf3e2", secondaryBorderColor: "#d8c08c", secondaryTextColor: "#1c2320",
  tertiaryColor: "#f4f5f2", tertiaryBorderColor: "#cbd1cb", tertiaryTextColor: "#1c2320",
  lineColor: "#626d68", textColor: "#1c2320", noteBkgColor: "#fbf3e2", noteTextColor: "#1c2320", noteBorderColor: "#ecdcb8",
  edgeLabelBackground: "#f4f5f2", clusterBkg: "#f4f5f2", clusterBorder: "#cbd1cb",
};
const DARK = {
  background: "#171a19", primaryColor: "#1d332c", primaryTextColor: "#e7ebe9", primaryBorderColor: "#4f8a79",
  secondaryColor: "#2f2818", secondaryBorderColor: "#6b5c34", secondaryTextColor: "#e7ebe9",
  tertiaryColor: "#1f2423", tertiaryBorderColor: "#3c4541", tertiaryTextColor: "#e7ebe9",
  lineColor: "#8f9a95", textColor: "#e7ebe9", noteBkgColor: "#2f2818", noteTextColor: "#e7ebe9", noteBorderColor: "#4f4224",
  edgeLabelBackground: "#1f2423", clusterBkg: "#1f2423", clusterBorder: "#3c4541",
};

/** @param {boolean} dark */
function setUp(dark) {
  mermaid.initialize({
    startOnLoad: false,
    securityLevel: "strict",
    // What stands in it may not change these by a directive of its own.
    secure: ["secure", "securityLevel", "startOnLoad", "maxTextSize", "maxEdges", "theme", "themeVariables", "themeCSS",
      "fontFamily", "htmlLabels", "suppressErrorRendering"],
    suppressErrorRendering: true,
    maxTextSize: 20_000,
    maxEdges: 400,
    theme: "base",
    themeVariables: { ...(dark ? DARK : LIGHT), darkMode: dark, fontFamily: FONT, fontSize: "15px" },
    fontFamily: FONT,
    // A picture shows no HTML in all browsers.
    htmlLabels: false,
    flowchart: { htmlLabels: false, curve: "basis", padding: 12 },
  });
}

/**
 * @param {string} text of the SVG
 * @returns {{ svg: string, width: number, height: number }} with a size of its own: an image has no other
 */
function sized(text) {
  const root = new DOMParser().parseFromString(text, "image/svg+xml").documentElement;
  const box = (root.getAttribute("viewBox") ?? "").split(/[\s,]+/).map(Number);
  const [width = 0, height = 0] = box.slice(2);
  root.setAttribute("width", String(width));
  root.setAttribute("height", String(height));
  root.removeAttribute("style");
  return { svg: new XMLSerializer().serializeToString(root), width, height };
}

/** @param {unknown} error @returns {string} its first lines */
function reason(error) {
  const message = error instanceof Error ? error.message : String(error);
  return message.split("\n").slice(0, 2).join(" ").slice(0, 200);
}

addEventListener("message", async ({ source, data }) => {
  if (source !== parent || typeof data?.code !== "string") return;
  try {
    setUp(data.dark === true);
    const { svg } = await mermaid.render(`diagram-${data.id}`, data.code);
    parent.postMessage({ id: data.id, ...sized(svg) }, "*");
  } catch (error) {
    parent.postMessage({ id: data.id, error: reason(error) }, "*");
  }
});
parent.postMessage({ ready: true }, "*");
