// Package docs checks what the documentation says against the repository: links, anchors, commands, field paths and
// YAML in the pages, and the invariants and facts that code cites.
package docs
