package driver

import "testing"

func TestN1EveryStateOfAWarmPoolIsKnown(t *testing.T) {
	t.Parallel()
	for state, want := range map[string]struct{ warm, leaving bool }{
		"InService":                   {false, false},
		"Pending":                     {false, false},
		"Pending:Wait":                {false, false},
		"Standby":                     {false, false},
		"Terminating":                 {false, true},
		"Terminating:Wait":            {false, true},
		"Terminating:Proceed":         {false, true},
		"Terminated":                  {false, true},
		"Warmed:Pending":              {true, false},
		"Warmed:Pending:Wait":         {true, false},
		"Warmed:Pending:Proceed":      {true, false},
		"Warmed:Pending:Retained":     {true, false},
		"Warmed:Running":              {true, false},
		"Warmed:Stopped":              {true, false},
		"Warmed:Hibernated":           {true, false},
		"Warmed:Terminating":          {true, true},
		"Warmed:Terminating:Wait":     {true, true},
		"Warmed:Terminating:Proceed":  {true, true},
		"Warmed:Terminating:Retained": {true, true},
		"Warmed:Terminated":           {true, true},
	} {
		if warmRunning(state) != (state == "Warmed:Running") {
			t.Errorf("%s: warm and running is %t", state, warmRunning(state))
		}
		if warm(state) != want.warm || leaving(state) != want.leaving {
			t.Errorf("%s: warm %t, leaving %t; want %+v", state, warm(state), leaving(state), want)
		}
	}
}
