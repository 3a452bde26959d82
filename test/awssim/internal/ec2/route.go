package ec2

// route is a route in store.
type route struct {
	// destination is a canonical CIDR block or a prefix list id.
	destination string
	target      target
	origin      string
}

// target is what a route points at: the name of the answer's member, and the id in it.
type target struct {
	member string
	id     string
}

// Where a route came from.
const (
	fromTable       = "CreateRouteTable"
	fromRoute       = "CreateRoute"
	fromPropagation = "EnableVgwRoutePropagation"
)
