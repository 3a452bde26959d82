// Package wire speaks AWS's protocols: it decodes requests into structs, refusing every parameter
// that the struct does not name, and renders results and errors as AWS does.
package wire
