package v1alpha1

const (
	// Finalizer holds an object until crossvpc has removed what it made for it.
	Finalizer = "networking.crossvpc.io/finalizer"

	// AnnotationForceFinalize with the value "true" on an object under
	// deletion, abandons what cannot be removed: routes of others to the
	// connection no longer block the deletion, and resources behind an account
	// that refuses us are left. An event names what is left. An AWSIdentity that is
	// in use is let go with it; its users wait until one of that name exists again.
	AnnotationForceFinalize = "networking.crossvpc.io/force-finalize"

	// AnnotationDeletionProtection with the value "true" lets the API server refuse to
	// delete the object, where the policy of config/protection is installed.
	AnnotationDeletionProtection = "networking.crossvpc.io/deletion-protection"

	// AnnotationReconcile asks for a reconciliation at once, with fresh reads, whenever
	// its value changes.
	AnnotationReconcile = "networking.crossvpc.io/reconcile"

	// AnnotationRetry on a PeeredCluster asks for another attempt at what failed
	// in its rollout (a canary, a replacement that did not join, a drain that
	// timed out) whenever its value changes. A change of the spec does the same.
	AnnotationRetry = "networking.crossvpc.io/retry"

	// StopConfigMap is the name of a ConfigMap in crossvpc's own namespace that,
	// while it exists, stops the rollouts of all clusters. Its key "reason" is
	// shown in their status.
	StopConfigMap = "crossvpc-stop-rollouts"

	// LeaderLease is the name of the Lease in crossvpc's own namespace that the acting manager
	// renews, where managers elect a leader.
	LeaderLease = "crossvpc.networking.crossvpc.io"

	// AnnotationRollout is the one annotation crossvpc keeps on a node while
	// it processes it.
	AnnotationRollout = "networking.crossvpc.io/rollout"

	// AnnotationVersion is the version of crossvpc that wrote an object, on the objects in
	// clusters that are all its own. Nothing is compared with it: an object is written again
	// for what it says, and then gets the version of whoever writes.
	AnnotationVersion = "networking.crossvpc.io/version"

	// TagOwner is the AWS tag that carries the owner of a resource:
	// <installationID>/<namespace>/<name>.
	TagOwner = "networking.crossvpc.io/owner"

	// TagPeerVPC is the AWS tag of a group rule that says which VPC it admits: what
	// an object left behind (deletionPolicy: Orphan) is not taken for what another
	// of the same name made.
	TagPeerVPC = "networking.crossvpc.io/peer-vpc"

	// TagManagedBy is the AWS tag that carries the installation id; IAM
	// policies can be limited by it.
	TagManagedBy = "networking.crossvpc.io/managed-by"

	// TagAdopted is the AWS tag, with the value "true", of a connection or group
	// rule that somebody else made and that spec.adopt gave to its owner:
	// deletionPolicy Orphan removes our tags from it.
	TagAdopted = "networking.crossvpc.io/adopted"

	// DefaultName is the name of the AWSIdentity used where none is named.
	DefaultName = "default"
)
