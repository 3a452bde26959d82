package cilium

import (
	"encoding/json"
	"slices"
	"strings"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// Holder is a field manager that holds a field of an object, and when it last
// wrote anything there. For one that applies the field it is server-side apply
// that keeps others from changing it.
type Holder struct {
	Manager string
	Time    time.Time
}

// FieldManager is the field manager that we apply as: another installation has
// another, so that the API server keeps the two apart.
func (o Owner) FieldManager() string {
	return "crossvpc/" + labelValue(o.InstallationID)
}

// HoldersOf lists who holds the field with that path of managedFields, such as
// f:data, f:key; the latest writer first.
func HoldersOf(entries []metav1.ManagedFieldsEntry, path ...string) []Holder {
	return holders(entries, func(fields map[string]any) bool { return hasField(fields, path) })
}

// Suspects names, for a message, who may have undone what the owner wrote at that
// time: those who wrote to the object since. A writer that only removes a field leaves no trace;
// then it is one of all that ever wrote to the object.
func (o Owner) Suspects(entries []metav1.ManagedFieldsEntry, since time.Time) string {
	all := holders(entries, func(map[string]any) bool { return true })
	later := slices.DeleteFunc(slices.Clone(all), func(h Holder) bool { return since.IsZero() || h.Time.Before(since) })
	if names := o.others(later); len(names) > 0 {
		return strings.Join(names, " or ")
	}
	if names := o.others(all); len(names) > 0 {
		return somebody + " (the object is written by " + strings.Join(names, ", ") + ")"
	}
	return somebody
}

func holders(entries []metav1.ManagedFieldsEntry, holds func(map[string]any) bool) []Holder {
	var found []Holder
	for _, entry := range entries {
		var fields map[string]any
		if entry.FieldsV1 == nil || json.Unmarshal(entry.FieldsV1.GetRawBytes(), &fields) != nil || !holds(fields) {
			continue
		}
		holder := Holder{Manager: entry.Manager}
		if entry.Time != nil {
			holder.Time = entry.Time.Time
		}
		found = append(found, holder)
	}
	slices.SortStableFunc(found, func(a, b Holder) int { return b.Time.Compare(a.Time) })
	return found
}

func hasField(fields map[string]any, path []string) bool {
	for _, step := range path {
		next, found := fields[step].(map[string]any)
		if !found {
			return false
		}
		fields = next
	}
	return true
}

// alone: the field is ours, and nobody else's.
func (o Owner) alone(holders []Holder) bool {
	return len(holders) > 0 && len(o.others(holders)) == 0
}

// others names the holders that are not the owner.
func (o Owner) others(holders []Holder) []string {
	var names []string
	for _, holder := range holders {
		if holder.Manager != o.FieldManager() && !slices.Contains(names, holder.Manager) {
			names = append(names, holder.Manager)
		}
	}
	return names
}

// whoSets begins a sentence about what these holders set.
func whoSets(names []string) string {
	if len(names) > 1 {
		return "Field managers " + strings.Join(names, " and ") + " set"
	}
	return whoReverted(strings.Join(names, "")) + " sets"
}

// whoReverted begins a sentence about one holder, or about what [Owner.Suspects] names.
func whoReverted(name string) string {
	if rest, unknown := strings.CutPrefix(name, somebody); unknown || name == "" {
		return "Somebody" + rest
	}
	return "Field manager " + name
}

// somebody is a writer that managedFields do not name.
const somebody = "somebody"
