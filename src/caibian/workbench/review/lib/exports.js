// The draft as a file, and what its AI label says.
import { h } from "vue";
import { icon } from "caibian-kit";
import { LabelVerifier } from "./labels.js";
import { verifyLabel } from "./deciding.js";

const FORMATS = ["docx", "html", "wechat", "markdown", "pdf", "ninjs", "ledger"];
const ENDINGS = { docx: ".docx", markdown: ".md", html: ".html", wechat: "HTML", ninjs: "ninjs", pdf: ".pdf", ledger: ".json" };

export function exportPart(page) {
  const { words, draft, kit } = page;
  return h("div", { class: "part" }, [
    h("p", { class: "soft" }, words.export_lead),
    h("ul", { class: "formats" },
      FORMATS.map((format) =>
        h("li", { key: format }, [
          h("button", { type: "button", class: "format", "data-format": format, disabled: page.busy || !page.can("export"), onClick: () => page.download(format) }, [
            icon("down"),
            h("span", words[`format_${format}`]),
            h("small", { class: "soft" }, ENDINGS[format]),
          ]),
        ]),
      ),
    ),
    h("p", { class: ["notice", draft.ai ? "warn" : "good"] }, [h("span", draft.ai ? words.label_yes : words.label_no)]),
    h(LabelVerifier, { words, verify: (file) => verifyLabel(file, kit) }),
  ]);
}
