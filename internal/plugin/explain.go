package plugin

import (
	"context"
	"errors"
	"fmt"
	"net"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/tools/clientcmd"

	"github.com/crossvpc/crossvpc/api/v1alpha1"
)

// explain says what to do about an error; what it does not know it says as it is.
func explain(err error) string {
	var dial *net.OpError
	switch {
	case meta.IsNoMatchError(err):
		return fmt.Sprintf("The cluster does not have crossvpc's kinds (%v). Install crossvpc, or choose its cluster with --context.", err)
	case clientcmd.IsEmptyConfig(err):
		return "There is no kubeconfig. Set KUBECONFIG or --kubeconfig."
	case apierrors.IsForbidden(err):
		return fmt.Sprintf("%v. Ask for that right, or choose another --context or --namespace.", err)
	case apierrors.IsUnauthorized(err):
		return "The cluster does not accept your credentials. Log in again, or choose another --context."
	case apierrors.IsNotFound(err) && cause(err) == "":
		return fmt.Sprintf("%v. The kind is not served: crossvpc's CRDs are missing or of another version. Choose the right --context, or upgrade.", err)
	case apierrors.IsNotFound(err):
		return fmt.Sprintf("%v. See: %s", err, whereToSee(err))
	case errors.As(err, &dial), errors.Is(err, context.DeadlineExceeded):
		return fmt.Sprintf("The cluster does not answer: %v. Check --context and your way to it.", err)
	}
	return err.Error()
}

// whereToSee is the command that lists what is there of a kind.
func whereToSee(err error) string {
	var status apierrors.APIStatus
	errors.As(err, &status)
	switch details := status.Status().Details; {
	case details == nil || details.Group == v1alpha1.GroupVersion.Group && details.Kind == "vpcpeerings":
		return "kubectl crossvpc status -A"
	case details.Group == v1alpha1.GroupVersion.Group:
		return "kubectl get " + details.Kind
	default:
		return "kubectl get " + details.Kind + " -A"
	}
}

// cause is the name of the object that an error is about; empty where the whole path was not found.
func cause(err error) string {
	var status apierrors.APIStatus
	if errors.As(err, &status) && status.Status().Reason == metav1.StatusReasonNotFound && status.Status().Details != nil {
		return status.Status().Details.Name
	}
	return ""
}
