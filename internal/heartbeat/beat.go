package heartbeat

import (
	"encoding/json"
	"fmt"
	"strconv"
	"time"

	coordinationv1 "k8s.io/api/coordination/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

const (
	// Lease is the name of the heartbeat in crossvpc's own namespace.
	Lease = "crossvpc-heartbeat"
	// annotationObjects has how many objects there are, annotationLate which are late.
	annotationObjects = "networking.crossvpc.io/objects"
	annotationLate    = "networking.crossvpc.io/late"
	// Every is how often it beats.
	Every = time.Minute
	// Patience is how long after its time an object counts as late.
	Patience = 5 * time.Minute
	// silence is after how long without a beat no manager lives.
	silence = 3 * Every
	// mostLate are noted: a manager that is behind with all of a thousand need not name them.
	mostLate = 20
)

// Late is an object that should have been looked at.
type Late struct {
	Kind      string `json:"kind"`
	Namespace string `json:"namespace,omitempty"`
	Name      string `json:"name"`
	// Due is when.
	Due time.Time `json:"due"`
}

// Same reports whether both are one object.
func (l Late) Same(other Late) bool {
	return l.Kind == other.Kind && l.Namespace == other.Namespace && l.Name == other.Name
}

// Beat is what a manager says once a minute.
type Beat struct {
	// Holder is the manager that says it, and At when.
	Holder string
	At     time.Time
	// Objects is how many there are. Late are those that are late longest, at most 20.
	Objects int
	Late    []Late
}

// Silent is for how long nobody beat; zero: a manager lives.
func (b Beat) Silent(now time.Time) time.Duration {
	if age := now.Sub(b.At); age > silence {
		return age
	}
	return 0
}

// into writes a beat into its Lease.
func (b Beat) into(lease *coordinationv1.Lease) error {
	late, err := json.Marshal(b.Late[:min(len(b.Late), mostLate)])
	if err != nil {
		return fmt.Errorf("encoding late objects: %w", err)
	}
	metav1.SetMetaDataAnnotation(&lease.ObjectMeta, annotationObjects, strconv.Itoa(b.Objects))
	metav1.SetMetaDataAnnotation(&lease.ObjectMeta, annotationLate, string(late))
	lease.Spec.HolderIdentity, lease.Spec.RenewTime = &b.Holder, new(metav1.NewMicroTime(b.At))
	lease.Spec.LeaseDurationSeconds = new(int32(silence / time.Second))
	return nil
}

// Read reads the last beat from its Lease.
func Read(lease *coordinationv1.Lease) (Beat, error) {
	var beat Beat
	if lease.Spec.HolderIdentity != nil {
		beat.Holder = *lease.Spec.HolderIdentity
	}
	if lease.Spec.RenewTime != nil {
		beat.At = lease.Spec.RenewTime.Time
	}
	beat.Objects, _ = strconv.Atoi(lease.Annotations[annotationObjects])
	late := lease.Annotations[annotationLate]
	if late == "" {
		return beat, nil
	}
	if err := json.Unmarshal([]byte(late), &beat.Late); err != nil {
		return beat, fmt.Errorf("reading late objects in Lease %s: %w", lease.Name, err)
	}
	return beat, nil
}
