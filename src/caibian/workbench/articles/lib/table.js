// The results as a table for spreadsheets.

// A cell that begins like a formula would be computed by the spreadsheet that opens it: a quote before it stops that.
const calm = (text) => (/^[=+\-@\t\r]/.test(text) ? `'${text}` : text);
const cell = (value) => `"${calm(String(value ?? "")).replaceAll('"', '""')}"`;

export function csv(page) {
  const { words, kit } = page;
  const heads = [words.col_article, words.col_title, words.col_state, words.col_answer, words.col_label, kit.fact_found, kit.fact_changed, kit.fact_absent, words.col_checks, words.col_model, words.col_problem];
  const lines = page.rows.map((row) => {
    const { answer } = row;
    const of = (status) => (answer ? answer.facts.filter((fact) => fact.status === status).length : "");
    const failed = (answer?.checks ?? []).filter((check) => !check.passed).map((check) => page.checkName(check.name));
    return [row.article, row.title, words[`item_${row.state}`], answer?.text, answer?.value ? page.said(answer) : "", of("found"), of("changed"), of("absent"), failed.join("; "), answer?.model, row.problem];
  });
  return [heads, ...lines].map((line) => line.map(cell).join(",")).join("\r\n") + "\r\n";
}
