/** Markdown as it is read aloud, and where its sentences end. */

const FORMULA = /\$\$[^$]+\$\$|\\\(.{1,500}?\\\)|\\\[.{1,500}?\\\]|(?<![\w$])\$[^\s$](?:[^$]*[^\s$])?\$(?![\w$])/g;
const END = /(?<=[.!?…]["')\]]*)\s+|(?<=[。！？])/;

const ENDED = /[\s。！？」』]$/;

/** @type {Intl.Segmenter | null} */
const segmenter = "Segmenter" in Intl ? new Intl.Segmenter(document.documentElement.lang || "en", { granularity: "sentence" }) : null;

/**
 * @param {string} text
 * @returns {string[]} its sentences; what joined makes the text again, where the browser knows them. The last may go on
 */
export function splitSentences(text) {
  if (!segmenter) return text.split(END);
  /** @type {string[]} */
  const sentences = [];
  let begun = "";
  for (const { segment } of segmenter.segment(text)) {
    // Without a space behind it, what looks like an end is within an address, or a number.
    if (ENDED.test(begun)) {
      sentences.push(begun);
      begun = "";
    }
    begun += segment;
  }
  return [...sentences, begun];
}

/** @param {string} text of one line @returns {string} the same without its marks */
export function plain(text) {
  return text
    .replace(FORMULA, "formula")
    .replace(/!?\[([^[\]]{0,500})\](?:\([^()]{0,2000}\)|\[[^[\]]{0,500}\])/g, "$1")
    .replace(/\[\^[^[\]]{1,100}\]:?/g, "")
    .replace(/<?https?:\/\/([^\s/>)]+)[^\s>)]*>?/g, "link to $1")
    .replace(/<\/?[a-zA-Z][^<>]{0,500}>/g, "")
    .replace(/`+([^`]*)`+/g, "$1")
    .replace(/~~|\*+(?=\S)|(?<=\S)\*+|(?<!\w)_+(?=\w)|(?<=\w)_+(?!\w)/g, "")
    .replace(/\\([!-/:-@[-`{-~])/g, "$1")
    .replace(/\s+/g, " ");
}
