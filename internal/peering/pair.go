package peering

// Pair is one thing for each of the two sides.
type Pair[T any] struct {
	Requester T
	Accepter  T
}

// At is the thing of one side, to be read or changed.
func (p *Pair[T]) At(role Role) *T { return Pick(role, &p.Requester, &p.Accepter) }

// Pick gives what belongs to one side of two.
func Pick[T any](role Role, requester, accepter T) T {
	if role == Requester {
		return requester
	}
	return accepter
}
