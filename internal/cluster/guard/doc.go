// Package guard is the transport to the API server of a cluster that may be broken or
// hostile. Everything that comes from such a server passes here, and nowhere else: the
// bytes of an answer are counted after they are unpacked, what a decoder would make of
// them is estimated before it does, watches are slowed down to a rate that one cluster
// may take of the manager, and credentials that are sent back are taken out, so that
// none gets into status, events, logs or metrics at any verbosity.
package guard
