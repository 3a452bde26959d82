package view

import "github.com/crossvpc/crossvpc/api/v1alpha1"

// Identity is the line of an AWSIdentity.
func Identity(identity *v1alpha1.AWSIdentity) Item {
	return object{identity.Generation, identity.Status.ObservedGeneration, identity.Status.Conditions}.head("AWSIdentity " + identity.Name)
}
