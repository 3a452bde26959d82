package sim

import (
	"net/http"
	"net/url"
	"time"
)

// Call is one API call: what was asked, by whom, from where, and the world it happens in.
type Call struct {
	Service string
	Action  string
	Place
	Principal Principal
	RequestID string
	// Parameters are the flat query parameters of the Query protocols.
	Parameters url.Values
	// DryRun says that the call must not take effect.
	DryRun bool
	// HTTP is the request and Body its body, for protocols that route by path.
	HTTP *http.Request
	Body []byte
	// Now is the simulated time of the call.
	Now time.Time

	world *World
}

// NewID makes an id such as vpc-0123456789abcdef0 in the call's place.
func (c *Call) NewID(prefix string) string { return c.world.ids.next(c.Place, prefix) }

// NewUUID makes an id in the form of a UUID; kind keeps the counters of different things apart.
func (c *Call) NewUUID(kind string) string { return c.world.ids.uuid(c.Place, kind) }

// Stamp marks what this call writes.
func (c *Call) Stamp() Stamp { return c.StampAt(c.Now) }

// StampAt marks what AWS writes later because of this call.
func (c *Call) StampAt(at time.Time) Stamp {
	return Stamp{At: at, Origin: c.Place, timing: c.world.timing}
}

// View is how this call sees resources of the kind.
func (c *Call) View(kind string) View { return c.world.View(kind, c.Place, c.Now) }

// World is the world that the call happens in, for what must happen later.
func (c *Call) World() *World { return c.world }

// After plans what AWS does by itself when the resource has been in the state for as long as the
// timing says ("vpc-peering-connection", "provisioning"). It happens under the World's lock, at the latest before the next call.
func (c *Call) After(kind, state string, do func(at time.Time)) {
	c.world.Schedule(c.Now.Add(c.world.Dwell(kind, state)), do)
}
