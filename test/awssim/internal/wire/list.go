package wire

// List renders as EC2's lists do: <name><item>..</item></name>, also when it is empty.
type List[T any] struct {
	Items []T `xml:"item"`
}

// Members renders as the lists of the other Query services do: <Name><member>..</member></Name>.
type Members[T any] struct {
	Items []T `xml:"member"`
}

// ListOf makes a List.
func ListOf[T any](items []T) List[T] { return List[T]{Items: items} }

// MembersOf makes a Members.
func MembersOf[T any](items []T) Members[T] { return Members[T]{Items: items} }
