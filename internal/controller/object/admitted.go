package object

import (
	"slices"
	"strings"

	"k8s.io/apimachinery/pkg/api/equality"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/event"
	"sigs.k8s.io/controller-runtime/pkg/predicate"

	"github.com/crossvpc/crossvpc/api/v1alpha1"
)

// Place is a VPC that an AWSIdentity admits a VPCPeering to.
type Place struct {
	Account v1alpha1.AccountID
	Region  v1alpha1.Region
	VPC     v1alpha1.VPCID
}

func placeOf(admission v1alpha1.Admission) Place {
	return Place{admission.AccountID, admission.Region, admission.VPCID}
}

func (p Place) compare(other Place) int {
	return strings.Compare(string(p.VPC+" ")+string(p.Region)+string(p.Account), string(other.VPC+" ")+string(other.Region)+string(other.Account))
}

// WasAdmitted reports whether an identity recorded that it admitted an object to a VPC.
func WasAdmitted(identity *v1alpha1.AWSIdentity, object types.UID, to Place) bool {
	return slices.ContainsFunc(identity.Status.Admissions, func(admission v1alpha1.Admission) bool {
		return placeOf(admission) == to && slices.Contains(admission.UIDs, string(object))
	})
}

// WasEverAdmitted is WasAdmitted to whatever VPC.
func WasEverAdmitted(identity *v1alpha1.AWSIdentity, object types.UID) bool {
	return slices.ContainsFunc(identity.Status.Admissions, func(admission v1alpha1.Admission) bool {
		return slices.Contains(admission.UIDs, string(object))
	})
}

// admit records an admission; it is in order of VPCs, and of UIDs.
func admit(status *v1alpha1.AWSIdentityStatus, object types.UID, to Place) {
	index, known := slices.BinarySearchFunc(status.Admissions, to, func(admission v1alpha1.Admission, to Place) int {
		return placeOf(admission).compare(to)
	})
	if !known {
		status.Admissions = slices.Insert(status.Admissions, index, v1alpha1.Admission{AccountID: to.Account, Region: to.Region, VPCID: to.VPC})
	}
	uids := &status.Admissions[index].UIDs
	if at, known := slices.BinarySearch(*uids, string(object)); !known {
		*uids = slices.Insert(*uids, at, string(object))
	}
}

// KeepAdmissions drops the admissions of objects that are gone.
func KeepAdmissions(status *v1alpha1.AWSIdentityStatus, there func(types.UID) bool) {
	for i := range status.Admissions {
		status.Admissions[i].UIDs = slices.DeleteFunc(status.Admissions[i].UIDs, func(uid string) bool { return !there(types.UID(uid)) })
	}
	status.Admissions = slices.DeleteFunc(status.Admissions, func(admission v1alpha1.Admission) bool { return len(admission.UIDs) == 0 })
}

// PermitsLeaving reports whether VPCPeerings that act through an identity may leave anything behind.
func PermitsLeaving(identity *v1alpha1.AWSIdentity) bool {
	return len(identity.Spec.DeletionPolicies) == 0 || slices.Contains(identity.Spec.DeletionPolicies, v1alpha1.DeletionOrphan)
}

// IdentityChanged leaves out changes of an AWSIdentity that are about recorded admissions and finalizers only: each
// would else have all that rests on the identity reconciled.
func IdentityChanged() predicate.Predicate {
	return predicate.Funcs{UpdateFunc: func(e event.UpdateEvent) bool {
		before, was := e.ObjectOld.(*v1alpha1.AWSIdentity)
		after, is := e.ObjectNew.(*v1alpha1.AWSIdentity)
		return !was || !is || !equality.Semantic.DeepEqual(withoutRecords(before), withoutRecords(after))
	}}
}

func withoutRecords(identity *v1alpha1.AWSIdentity) v1alpha1.AWSIdentity {
	rest := *identity
	rest.ResourceVersion, rest.ManagedFields, rest.Finalizers, rest.Status.Admissions = "", nil, nil, nil
	return rest
}
