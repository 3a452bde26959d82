package firstrun

import (
	"errors"
	"fmt"
	"slices"
	"strings"
)

// setting is one that decides what an undo takes back.
type setting struct {
	// flag names it, in the record and in what is said.
	flag, value string
	// fixedBy are the steps that use it; without one any step does. Before the first of them it may still change.
	fixedBy []string
}

// fingerprint is what an undo, and whoever goes on, must agree on with the run that was begun.
func (s *Settings) fingerprint() []setting {
	settings := []setting{
		{"namespace", s.Namespace, []string{"namespace", "admit"}},
		{"installer", s.Installer, []string{"install"}},
		{"hub-role", s.Hub.RoleARN, []string{"admit"}},
		{"other-role", s.Other.RoleARN, []string{"entry", "admit"}},
	}
	for role, place := range map[string]Place{"hub": s.Hub, "other": s.Other} {
		settings = append(settings,
			setting{role + "-name", place.Name, []string{"admit"}},
			setting{role + "-region", place.Region, nil},
			setting{role + "-cluster", place.Cluster, nil},
			setting{role + "-context", place.Context, nil},
		)
	}
	return settings
}

// sameRun adds what only a look shows, the accounts, and refuses where the record is of another run.
func (r *run) sameRun() error {
	settings := append(r.fingerprint(),
		setting{"hub-account", r.hub.seen.account, nil},
		setting{"other-account", r.other.seen.account, nil})
	if err := r.record.agrees(settings); err != nil {
		return err
	}
	r.record.Settings = map[string]string{}
	for _, s := range settings {
		r.record.Settings[s.flag] = s.value
	}
	return nil
}

// agrees refuses settings that are not those of the steps on record: their undo would delete what the run did not make.
func (r *record) agrees(settings []setting) error {
	var differ []string
	for _, s := range settings {
		if was := r.Settings[s.flag]; was != s.value && r.uses(s) {
			differ = append(differ, fmt.Sprintf("-%s was %s and is now %s", s.flag, orDefault(was), orDefault(s.value)))
		}
	}
	if len(differ) == 0 {
		return nil
	}
	slices.Sort(differ)
	return errors.New("the record " + r.path + " is of a run with other settings: " + strings.Join(differ, ", ") +
		". Set what it was to go on or to undo that run, or name another file with -record")
}

func (r *record) uses(s setting) bool {
	if len(s.fixedBy) == 0 {
		return len(r.Steps) > 0
	}
	return slices.ContainsFunc(s.fixedBy, r.has)
}

func orDefault(value string) string {
	if value == "" {
		return "the default"
	}
	return fmt.Sprintf("%q", value)
}
