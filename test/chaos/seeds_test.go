package chaos

import "testing"

func TestTheRestOfTheSeedsComesAfterThoseThatTheRaceDetectorSees(t *testing.T) {
	suite := Suite{Raced: 50, InGate: 200}
	for name, test := range map[string]struct {
		environment map[string]string
		from        uint64
		count       int
	}{
		"nobody asks":             {nil, 1, 50},
		"the rest of the gate":    {map[string]string{"CHAOS_REST": "1"}, 51, 150},
		"one seed":                {map[string]string{"CHAOS_SEED": "7"}, 7, 1},
		"seeds from one on":       {map[string]string{"CHAOS_SEED": "1000", "CHAOS_SEEDS": "40"}, 1000, 40},
		"more, from the first on": {map[string]string{"CHAOS_SEEDS": "300"}, 1, 300},
	} {
		t.Run(name, func(t *testing.T) {
			for _, key := range []string{"CHAOS_REST", "CHAOS_SEED", "CHAOS_SEEDS"} {
				t.Setenv(key, test.environment[key])
			}
			if from, count := suite.asked(); from != test.from || count != test.count {
				t.Errorf("%d seeds from %d, want %d from %d", count, from, test.count, test.from)
			}
		})
	}
}
