package wire

import "github.com/crossvpc/crossvpc/test/awssim/internal/sim"

// Query makes an action of the Query protocols of a function over its own request and result types.
// A dry run ends after decoding, with the code that says the call would have been permitted.
func Query[In, Out any](run func(*sim.Call, *In) (*Out, error)) sim.Action {
	return func(c *sim.Call) (any, error) {
		in := new(In)
		if err := Decode(c.Parameters, in); err != nil {
			return nil, err
		}
		if c.DryRun {
			return nil, &sim.Failure{Code: "DryRunOperation", Message: "Request would have succeeded, but DryRun flag is set.", Status: 412}
		}
		return run(c, in)
	}
}
