// What exists where the file is written, beyond the language itself: ids of the folder, things of the location.

export interface Vocabulary {
  readonly workflows: readonly string[];
  readonly groups: readonly string[];
  readonly templates: readonly string[];
  readonly triggers: readonly string[];
  readonly segments: readonly string[];
  readonly experiments: readonly string[];
  readonly steps: readonly string[];
  /** Custom fields by the name a condition uses: `contact.custom.budget`. */
  readonly fields: readonly string[];
  readonly events: readonly string[];
  readonly tags: readonly string[];
  readonly pipelines: readonly string[];
  readonly stages: readonly string[];
  /** `user.<id>` and `team.<id>`. */
  readonly people: readonly string[];
  /** Workflows of the CRM, by mapped name. */
  readonly crmWorkflows: readonly string[];
}
