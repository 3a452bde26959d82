package ec2

import "github.com/crossvpc/crossvpc/test/awssim/internal/sim"

// identified is a stored resource that knows its id.
type identified interface{ identity() string }

func (t routeTable) identity() string { return t.id }

// repeated makes a resource, or finds the one that an earlier call with the same client token made
// (docs.aws.amazon.com/ec2/latest/devguide/ec2-api-idempotency.html).
func repeated[T identified](h *holdings, action, token string, table *sim.Table[T], create func() (T, error)) (T, error) {
	key := action + "/" + token
	if made, known := table.Get(h.tokens[key]); token != "" && known {
		return made, nil
	}
	made, err := create()
	if err == nil && token != "" {
		if h.tokens == nil {
			h.tokens = map[string]string{}
		}
		h.tokens[key] = made.identity()
	}
	return made, err
}
