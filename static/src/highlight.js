/** Colours for code; a chunk of its own, loaded with the first code block. */
import hljs from "highlight.js/lib/core";
import bash from "highlight.js/lib/languages/bash";
import c from "highlight.js/lib/languages/c";
import cpp from "highlight.js/lib/languages/cpp";
import csharp from "highlight.js/lib/languages/csharp";
import css from "highlight.js/lib/languages/css";
import diff from "highlight.js/lib/languages/diff";
import dockerfile from "highlight.js/lib/languages/dockerfile";
import go from "highlight.js/lib/languages/go";
import ini from "highlight.js/lib/languages/ini";
import java from "highlight.js/lib/languages/java";
import javascript from "highlight.js/lib/languages/javascript";
import json from "highlight.js/lib/languages/json";
import kotlin from "highlight.js/lib/languages/kotlin";
import lua from "highlight.js/lib/languages/lua";
import makefile from "highlight.js/lib/languages/makefile";
import markdown from "highlight.js/lib/languages/markdown";
import php from "highlight.js/lib/languages/php";
import powershell from "highlight.js/lib/languages/powershell";
import python from "highlight.js/lib/languages/python";
import r from "highlight.js/lib/languages/r";
import ruby from "highlight.js/lib/languages/ruby";
import rust from "highlight.js/lib/languages/rust";
import sql from "highlight.js/lib/languages/sql";
import swift from "highlight.js/lib/languages/swift";
import typescript from "highlight.js/lib/languages/typescript";
import xml from "highlight.js/lib/languages/xml";
import yaml from "highlight.js/lib/languages/yaml";

const LANGUAGES = {
  bash, c, cpp, csharp, css, diff, dockerfile, go, ini, java, javascript, json, kotlin, lua, makefile, markdown, php,
  powershell, python, r, ruby, rust, sql, swift, typescript, xml, yaml,
};
for (const [name, language] of Object.entries(LANGUAGES)) hljs.registerLanguage(name, language);

/** What highlight.js writes: spans with a class, and text in which three characters are escaped. */
const PART = /<span class="([^"]*)">|(<\/span>)|([^<]+)/g;
/** @type {Record<string, string>} */
const CHARACTERS = { "&amp;": "&", "&lt;": "<", "&gt;": ">", "&quot;": '"', "&#x27;": "'" };

/**
 * @param {string} code
 * @param {string} language
 * @returns {DocumentFragment} the code in coloured spans, made one by one and never from HTML; plain when the language is
 *   not known
 */
export function colour(code, language) {
  const fragment = document.createDocumentFragment();
  if (!hljs.getLanguage(language)) {
    fragment.append(code);
    return fragment;
  }
  /** @type {(DocumentFragment | HTMLElement)[]} */
  const open = [fragment];
  for (const [, name, end, text] of hljs.highlight(code, { language, ignoreIllegals: true }).value.matchAll(PART)) {
    const place = open[open.length - 1] ?? fragment;
    if (name !== undefined) {
      const span = document.createElement("span");
      span.className = name;
      place.append(span);
      open.push(span);
    } else if (end) open.pop();
    else if (text) place.append(text.replace(/&(?:amp|lt|gt|quot|#x27);/g, (entity) => CHARACTERS[entity] ?? entity));
  }
  return fragment;
}
