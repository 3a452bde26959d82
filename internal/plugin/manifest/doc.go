// Package manifest reads objects from files that nobody applied yet, and checks them as the API server would: unknown
// fields, types, patterns and rules, by the CRDs of this very release. Pure: bytes in, objects and problems out.
package manifest
