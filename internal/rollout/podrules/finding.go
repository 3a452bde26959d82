package podrules

// Finding is a machine-readable reason and one clause for a person.
type Finding struct {
	Reason  string
	Message string
}
