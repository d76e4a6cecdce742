// The twin of physics.py.
"use strict";

const fs = require("fs");
const path = require("path");
const { shown } = require("./common.js");

// The package's script is made for a worker of a browser.
globalThis.self = globalThis;
globalThis.importScripts = () => {};
globalThis.onmessage = null;
globalThis.location = { href: "worker:", origin: "file:///" };
globalThis.XMLHttpRequest = class {
  open(method, address) {
    this.response = fs.readFileSync(path.resolve("dist", path.basename(address)));
  }

  send() {}
};

exports.take = () =>
  new Promise((resolve) => {
    globalThis.postMessage = () => {
      delete globalThis.Ammo.then; // It would pass for a promise's.
      resolve(globalThis.Ammo);
    };
    // A world of its own, which never takes a step.
    globalThis.onmessage({ data: { type: 0, maxBodies: 1, arrayBuffer: new ArrayBuffer(1024), simulationRate: 1e9 } });
  });

class Scene {
  constructor(ammo) {
    this.ammo = ammo;
    const configuration = new ammo.btDefaultCollisionConfiguration();
    const dispatcher = new ammo.btCollisionDispatcher(configuration);
    const solver = new ammo.btSequentialImpulseConstraintSolver();
    this.world = new ammo.btDiscreteDynamicsWorld(dispatcher, new ammo.btDbvtBroadphase(), solver, configuration);
    this.world.setGravity(this.vector(0, -10, 0));
    this.bodies = [];
  }

  vector(x, y, z) {
    return new this.ammo.btVector3(x, y, z);
  }

  place(x, y, z) {
    const transform = new this.ammo.btTransform();
    transform.setIdentity();
    transform.setOrigin(this.vector(x, y, z));
    return transform;
  }

  add(shape, mass, x, y, z) {
    const inertia = this.vector(0, 0, 0);
    if (mass) shape.calculateLocalInertia(mass, inertia);
    const motion = new this.ammo.btDefaultMotionState(this.place(x, y, z));
    const body = new this.ammo.btRigidBody(new this.ammo.btRigidBodyConstructionInfo(mass, motion, shape, inertia));
    this.world.addRigidBody(body);
    if (mass) this.bodies.push(body);
    return body;
  }

  run(steps) {
    const lines = [];
    for (let step = 1; step <= steps; step++) {
      this.world.stepSimulation(1 / 64, 0, 1 / 64);
      if (step % 10) continue;
      for (const body of this.bodies) {
        const transform = body.getWorldTransform();
        const [origin, turn] = [transform.getOrigin(), transform.getRotation()];
        const at = [origin.x(), origin.y(), origin.z(), turn.x(), turn.y(), turn.z(), turn.w()];
        lines.push([step, ...at, body.getLinearVelocity().length()]);
      }
    }
    return lines;
  }
}

function fall(ammo) {
  const scene = new Scene(ammo);
  scene.add(new ammo.btStaticPlaneShape(scene.vector(0, 1, 0), 0), 0, 0, 0, 0).setRestitution(0.5);
  const box = new ammo.btBoxShape(scene.vector(0.5, 0.5, 0.5));
  for (const height of [0.5, 1.5, 2.5]) scene.add(box, 1, height / 8, height, 0);
  scene.add(new ammo.btSphereShape(0.75), 4, 0.25, 6, 0.125).setRestitution(0.75);
  const lines = scene.run(120);
  const dispatcher = scene.world.getDispatcher();
  lines.push(dispatcher.getNumManifolds());
  for (let index = 0; index < dispatcher.getNumManifolds(); index++) {
    const manifold = dispatcher.getManifoldByIndexInternal(index);
    for (let contact = 0; contact < manifold.getNumContacts(); contact++) {
      lines.push([index, manifold.getContactPoint(contact).getDistance()]);
    }
  }
  ammo.destroy(scene.world);
  return lines;
}

function rays(ammo) {
  const scene = new Scene(ammo);
  const shapes = [
    [new ammo.btBoxShape(scene.vector(1, 1, 1)), 0, 0],
    [new ammo.btSphereShape(1.5), 4, 0],
    [new ammo.btConeShape(1, 2), -4, 0],
    [new ammo.btCylinderShape(scene.vector(1, 2, 1)), 0, 4],
    [new ammo.btCapsuleShape(0.5, 2), 0, -4],
  ];
  for (const [index, [shape, x, z]] of shapes.entries()) scene.add(shape, 0, x, 0, z).setUserIndex(index);
  const lines = [];
  for (let x = -5; x <= 5; x++) {
    for (const z of [-4, 0, 0.25, 4]) {
      const [start, end] = [scene.vector(x, 8, z), scene.vector(x / 2, -8, z)];
      const hit = new ammo.ClosestRayResultCallback(start, end);
      scene.world.rayTest(start, end, hit);
      if (!hit.hasHit()) {
        lines.push([x, z, hit.hasHit()]);
        continue;
      }
      const [point, normal] = [hit.get_m_hitPointWorld(), hit.get_m_hitNormalWorld()];
      const index = ammo.castObject(hit.get_m_collisionObject(), ammo.btRigidBody).getUserIndex();
      lines.push([x, z, index, point.x(), point.y(), point.z(), normal.x(), normal.y(), normal.z()]);
    }
  }
  return lines;
}

function pendulum(ammo) {
  const scene = new Scene(ammo);
  const post = scene.add(new ammo.btBoxShape(scene.vector(0.25, 0.25, 0.25)), 0, 0, 4, 0);
  const bob = scene.add(new ammo.btSphereShape(0.5), 2, 1, 4, 0);
  const [pivots, axis] = [[scene.vector(0, 0, 0), scene.vector(-1, 0, 0)], scene.vector(0, 0, 1)];
  scene.world.addConstraint(new ammo.btHingeConstraint(post, bob, ...pivots, axis, axis, true), true);
  const load = scene.add(new ammo.btSphereShape(0.25), 1, 1, 2.5, 0.5);
  const frames = [scene.place(0, -1, 0), scene.place(0, 0.5, 0)];
  const spring = new ammo.btGeneric6DofSpringConstraint(bob, load, ...frames, true);
  spring.enableSpring(1, true);
  spring.setStiffness(1, 40);
  spring.setDamping(1, 0.5);
  scene.world.addConstraint(spring, false);
  bob.applyCentralImpulse(scene.vector(0, -3, 1));
  bob.setActivationState(4);
  load.setAngularVelocity(scene.vector(0, 2, 0));
  return [...scene.run(150), bob.isActive()];
}

function terrain(ammo) {
  const scene = new Scene(ammo);
  const mesh = new ammo.btTriangleMesh(true, true);
  const corner = (x, z) => scene.vector(4 * x, -x - Math.abs(z % 2) / 4, 4 * z);
  for (let x = -2; x < 3; x++) {
    for (let z = -2; z < 2; z++) {
      mesh.addTriangle(corner(x, z), corner(x, z + 1), corner(x + 1, z), false);
      mesh.addTriangle(corner(x + 1, z), corner(x, z + 1), corner(x + 1, z + 1), false);
    }
  }
  scene.add(new ammo.btBvhTriangleMeshShape(mesh, true, true), 0, 0, 0, 0).setFriction(0.75);
  const hull = new ammo.btConvexHullShape();
  for (let index = 0; index < 12; index++) {
    hull.addPoint(scene.vector(((index * 5) % 7) / 4 - 0.75, (index % 3) / 2 - 0.5, ((index * 3) % 5) / 4 - 0.5), true);
  }
  scene.add(hull, 2, -4, 4, 0.5);
  const pair = new ammo.btCompoundShape();
  pair.addChildShape(scene.place(-0.5, 0, 0), new ammo.btSphereShape(0.5));
  pair.addChildShape(scene.place(0.5, 0, 0), new ammo.btBoxShape(scene.vector(0.5, 0.25, 0.25)));
  scene.add(pair, 1, -2, 3, -1).setDamping(0.125, 0.25);
  return [hull.getNumVertices(), pair.getMargin(), ...scene.run(150)];
}

const SCENES = { fall, rays, pendulum, terrain };

exports.run = (guest, [name]) => SCENES[name](guest.exports).map((line) => `${shown(line)}\n`).join("");
