package sim

import (
	"maps"
	"strings"
	"time"
)

// TagsOfKind is put behind a kind to name the lag of its tags.
const TagsOfKind = "/tags"

// Duration is a time.Duration that reads and writes as text ("1.5s") in JSON.
type Duration time.Duration

// MarshalText renders the duration as Go does.
func (d Duration) MarshalText() ([]byte, error) { return []byte(time.Duration(d).String()), nil }

// UnmarshalText reads what time.ParseDuration reads.
func (d *Duration) UnmarshalText(text []byte) error {
	parsed, err := time.ParseDuration(string(text))
	*d = Duration(parsed)
	return err
}

// Lag is how late reads are.
type Lag struct {
	// Own is how long the writer's own account and region go on reading the old state.
	Own Duration `json:"own"`
	// Remote is the same for every other account and region.
	Remote Duration `json:"remote"`
}

// Timing says how long everything takes.
type Timing struct {
	// Latency is waited, in real time, before each call takes effect.
	Latency Duration `json:"latency"`
	// Lag holds for every kind of resource that KindLag does not name.
	Lag Lag `json:"lag"`
	// KindLag is the lag by kind of resource, as in a TagSpecification ("vpc-peering-connection"). The tags of a kind
	// lag as it does, unless they have an entry of their own ("vpc-peering-connection/tags").
	KindLag map[string]Lag `json:"kindLag,omitempty"`
	// RegionLag replaces the remote lag for readers in that region.
	RegionLag map[string]Duration `json:"regionLag,omitempty"`
	// Transitions is how long a resource stays in a state that passes by itself, by
	// "kind/state" ("vpc-peering-connection/provisioning"); what is not named passes at once.
	Transitions map[string]Duration `json:"transitions,omitempty"`
}

// Instant is the timing in which every transition is over at the next call and nothing lags.
func Instant() Timing { return Timing{} }

// Realistic is a timing such as AWS shows: calls of about 100 ms, peerings that need seconds, and
// other regions and accounts that see a new connection late (terraform-provider-aws#30423, botocore#781).
func Realistic() Timing {
	const ms = Duration(time.Millisecond)
	return Timing{
		Latency: 100 * ms,
		Lag:     Lag{Own: 0, Remote: 1500 * ms},
		KindLag: map[string]Lag{
			"vpc-peering-connection":         {Own: 200 * ms, Remote: 2500 * ms},
			"vpc-peering-connection/options": {Own: 1000 * ms, Remote: 2500 * ms},
		},
		Transitions: map[string]Duration{
			"vpc/pending": 500 * ms,
			"vpc-peering-connection/initiating-request": 800 * ms,
			"vpc-peering-connection/provisioning":       3000 * ms,
			"vpc-peering-connection/deleting":           2000 * ms,
			"vpc-cidr-block-association/associating":    1500 * ms,
			"vpc-cidr-block-association/disassociating": 1500 * ms,
			"subnet-cidr-block-association/associating": 1500 * ms,
			"prefix-list/create-in-progress":            1000 * ms,
			"prefix-list/modify-in-progress":            1000 * ms,
			"prefix-list/delete-in-progress":            1000 * ms,
			"transit-gateway/pending":                   2000 * ms,
			"transit-gateway-attachment/pending":        2000 * ms,
			"nat-gateway/pending":                       2000 * ms,
			"instance/pending":                          3000 * ms,
			"instance/shutting-down":                    3000 * ms,
			"auto-scaling-group/replacing":              3000 * ms,
			"auto-scaling-instance/Pending":             1000 * ms,
			"eks-cluster/CREATING":                      5000 * ms,
			"eks-cluster/DELETING":                      5000 * ms,
		},
	}
}

func (t Timing) kindLag(kind string) Lag {
	for _, named := range []string{kind, strings.TrimSuffix(kind, TagsOfKind)} {
		if lag, ok := t.KindLag[named]; ok {
			return lag
		}
	}
	return t.Lag
}

func (t Timing) clone() Timing {
	t.KindLag = maps.Clone(t.KindLag)
	t.RegionLag = maps.Clone(t.RegionLag)
	t.Transitions = maps.Clone(t.Transitions)
	return t
}

// lag is how late a reader sees what was written about this kind at origin.
func (t Timing) lag(kind string, reader, origin Place) time.Duration {
	lag := t.kindLag(kind)
	if reader == origin {
		return time.Duration(lag.Own)
	}
	if regional, set := t.RegionLag[reader.Region]; set {
		return time.Duration(regional)
	}
	return time.Duration(lag.Remote)
}
