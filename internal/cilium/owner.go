package cilium

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"

	"k8s.io/apimachinery/pkg/util/validation"
)

// Labels and annotations of the CiliumNodeConfigs that crossvpc writes.
const (
	// LabelManagedBy has the value ManagedBy on every object of ours.
	LabelManagedBy = "app.kubernetes.io/managed-by"
	// ManagedBy is the value of LabelManagedBy.
	ManagedBy = "crossvpc"
	// LabelInstallation is the id of the installation that wrote the object.
	LabelInstallation = "networking.crossvpc.io/installation"
	// LabelPeeredCluster is the UID of the PeeredCluster it was written for.
	LabelPeeredCluster = "networking.crossvpc.io/peeredcluster-uid"
	// LabelRevision is the revision of the value.
	LabelRevision = "networking.crossvpc.io/revision"
	// AnnotationPeeredCluster is the name of the PeeredCluster.
	AnnotationPeeredCluster = "networking.crossvpc.io/peeredcluster"
	// AnnotationHistory is the [History] as the writer knew it, for a PeeredCluster whose status was lost.
	AnnotationHistory = "networking.crossvpc.io/history"
	// AnnotationSpecHash is a digest of the spec as we wrote it: a spec that does
	// not match it was edited by somebody else.
	AnnotationSpecHash = "networking.crossvpc.io/spec-hash"
)

// Owner is who writes: an installation of crossvpc, on behalf of one PeeredCluster.
type Owner struct {
	InstallationID string
	// PeeredCluster is the object's name, UID its UID.
	PeeredCluster, UID string
}

// Ownership says whose a CiliumNodeConfig is (C4).
type Ownership string

const (
	// OwnershipOurs means: written for this PeeredCluster, and as we left it.
	OwnershipOurs Ownership = "Ours"
	// OwnershipEdited means: ours, or a predecessor's, but its spec is no longer what we wrote.
	OwnershipEdited Ownership = "Edited"
	// OwnershipPredecessor means: of this installation, for a PeeredCluster that is gone (restored
	// from Git, say, under whatever name: a cluster has one PeeredCluster of an installation). It may be taken over.
	OwnershipPredecessor Ownership = "Predecessor"
	// OwnershipOtherOwner means: of another installation.
	OwnershipOtherOwner Ownership = "OtherOwner"
	// OwnershipForeign means: not written by crossvpc.
	OwnershipForeign Ownership = "Foreign"
)

// Ours reports whether the object is ours to change and to remove.
func (o Ownership) Ours() bool {
	return o == OwnershipOurs || o == OwnershipEdited || o == OwnershipPredecessor
}

// Classify tells whose the object is.
func (o Owner) Classify(config NodeConfig) Ownership {
	marks := config.Metadata.Labels
	switch {
	case marks[LabelManagedBy] != ManagedBy:
		return OwnershipForeign
	case marks[LabelInstallation] != labelValue(o.InstallationID):
		return OwnershipOtherOwner
	case config.Metadata.Annotations[AnnotationSpecHash] != config.Spec.hash():
		return OwnershipEdited
	case marks[LabelPeeredCluster] != o.UID:
		return OwnershipPredecessor
	}
	return OwnershipOurs
}

func (o Owner) labels(revision string) map[string]string {
	return map[string]string{
		LabelManagedBy:     ManagedBy,
		LabelInstallation:  labelValue(o.InstallationID),
		LabelPeeredCluster: o.UID,
		LabelRevision:      revision,
	}
}

// hash digests all that decides who gets which value.
func (s NodeConfigSpec) hash() string {
	text, _ := json.Marshal(s) // maps, slices and strings always marshal
	return digest(string(text), 16)
}

// labelValue keeps an id that may stand in a label, and replaces one that may not.
func labelValue(id string) string {
	if len(validation.IsValidLabelValue(id)) == 0 {
		return cmp.Or(id, "none")
	}
	return digest(id, 32)
}

func digest(text string, length int) string {
	sum := sha256.Sum256([]byte(text))
	return hex.EncodeToString(sum[:])[:length]
}
