// Package kstatus says at which stage an object is with the library that Flux and
// other tools wait by (sigs.k8s.io/cli-utils), so that no test goes by our own
// reading of its rules.
package kstatus

import (
	"fmt"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"sigs.k8s.io/cli-utils/pkg/kstatus/status"
)

// Stage is InProgress, Current, Failed or Terminating.
func Stage(object runtime.Object) (string, error) {
	content, err := runtime.DefaultUnstructuredConverter.ToUnstructured(object)
	if err != nil {
		return "", fmt.Errorf("converting: %w", err)
	}
	result, err := status.Compute(&unstructured.Unstructured{Object: content})
	if err != nil {
		return "", fmt.Errorf("computing the stage: %w", err)
	}
	return string(result.Status), nil
}
