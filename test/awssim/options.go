package awssim

import (
	"net/http"
	"time"

	"k8s.io/utils/clock"

	"github.com/crossvpc/crossvpc/test/awssim/internal/sim"
)

// The vocabulary of the control side.
type (
	// Place is an account in a region.
	Place = sim.Place
	// Timing says how long everything takes.
	Timing = sim.Timing
	// Lag is how late reads are.
	Lag = sim.Lag
	// Duration is a time.Duration that is text in JSON.
	Duration = sim.Duration
	// Fault makes some calls fail.
	Fault = sim.Fault
	// Effect is what a fault does.
	Effect = sim.Effect
	// Entry is the record of one call.
	Entry = sim.Entry
	// Query selects entries of the journal.
	Query = sim.Query
	// Principal is who makes a call.
	Principal = sim.Principal
	// Clock is the simulated time.
	Clock = sim.Clock
)

// The effects of faults; "Before" means that the call is not carried out, "After" that it is.
const (
	ErrorAnswer   = sim.ErrorAnswer
	ErrorAfter    = sim.ErrorAfter
	TimeoutBefore = sim.TimeoutBefore
	TimeoutAfter  = sim.TimeoutAfter
	ResetBefore   = sim.ResetBefore
	ResetAfter    = sim.ResetAfter
	Slow          = sim.Slow
)

// Instant is the timing in which every transition is over at the next call and nothing lags.
func Instant() Timing { return sim.Instant() }

// Realistic is a timing such as AWS shows.
func Realistic() Timing { return sim.Realistic() }

// Options configure a Cloud; the zero value is a good one.
type Options struct {
	// Seed makes the ids; the same seed and calls give the same ids. Default "awssim".
	Seed string
	// Clock is what time goes by; default the machine's. Cloud.Clock can skip time on top of it.
	Clock clock.PassiveClock
	// Timing says how long everything takes; the zero value is Instant.
	Timing Timing
	// AccessKeys are further access keys and whom they stand for. Any 12-digit access key stands
	// for the account of that number, and "awssim" for 123456789012 unless it is named here. The
	// secret of them all is "secret", where it matters: in presigned requests.
	AccessKeys map[string]Principal
}

// defaultAccessKey is for those who do not care which account they are.
const (
	defaultAccessKey = "awssim"
	defaultAccount   = "123456789012"
)

func (o Options) withDefaults() Options {
	if o.Seed == "" {
		o.Seed = "awssim"
	}
	if o.Clock == nil {
		o.Clock = clock.RealClock{}
	}
	return o
}

// readHeaderTimeout bounds how long a client may take to send its headers.
const readHeaderTimeout = 10 * time.Second

// maximumBody is the most that a request may carry, in bytes.
const maximumBody = 1 << 20

var _ http.Handler = (*Cloud)(nil)
