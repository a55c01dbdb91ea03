"""Documents: one text written as DOCX, PDF, HTML, HTML for WeChat, Markdown and ninjs."""
