{{/* Environment of the operator. */}}
{{- define "crossvpc.env" -}}
- name: POD_NAMESPACE
  valueFrom:
    fieldRef:
      fieldPath: metadata.namespace
- name: POD_NAME
  valueFrom:
    fieldRef:
      fieldPath: metadata.name
- name: NODE_NAME
  valueFrom:
    fieldRef:
      fieldPath: spec.nodeName
- name: GOMEMLIMIT
  valueFrom:
    resourceFieldRef:
      resource: limits.memory
      divisor: "0" # what the API server fills in: left out, Argo CD sees drift for ever
{{- if not .Values.aws.instanceMetadata }}
- name: AWS_EC2_METADATA_DISABLED
  value: "true"
{{- end }}
{{- with .Values.aws.region }}
- name: AWS_REGION
  value: {{ . | quote }}
{{- end }}
{{- with .Values.installationID }}
- name: INSTALLATION_ID
  value: {{ . | quote }}
{{- end }}
{{- with .Values.verification.image }}
- name: PROBE_IMAGE
  value: {{ . | quote }}
{{- end }}
{{- end }}
