"""Put rigid bodies into a world, let it run, and show where they are and what is asked of it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from compat import Module
from corpus.drivers import shown


def run(module: Module, args: Sequence[str]) -> str:
    [name] = args
    scenes = {"fall": fall, "rays": rays, "pendulum": pendulum, "terrain": terrain}
    return "".join(f"{shown(line)}\n" for line in scenes[name](module))


class Scene:
    """A world under gravity, and the bodies in it that move."""

    def __init__(self, ammo: Any) -> None:
        self.ammo = ammo
        configuration = ammo.btDefaultCollisionConfiguration()
        dispatcher = ammo.btCollisionDispatcher(configuration)
        solver = ammo.btSequentialImpulseConstraintSolver()
        self.world = ammo.btDiscreteDynamicsWorld(dispatcher, ammo.btDbvtBroadphase(), solver, configuration)
        self.world.setGravity(self.vector(0, -10, 0))
        self.bodies: list[Any] = []

    def vector(self, x: float, y: float, z: float) -> Any:
        return self.ammo.btVector3(x, y, z)

    def place(self, x: float, y: float, z: float) -> Any:
        transform = self.ammo.btTransform()
        transform.setIdentity()
        transform.setOrigin(self.vector(x, y, z))
        return transform

    def add(self, shape: Any, mass: float, x: float, y: float, z: float) -> Any:
        inertia = self.vector(0, 0, 0)
        if mass:
            shape.calculateLocalInertia(mass, inertia)
        motion = self.ammo.btDefaultMotionState(self.place(x, y, z))
        body = self.ammo.btRigidBody(self.ammo.btRigidBodyConstructionInfo(mass, motion, shape, inertia))
        self.world.addRigidBody(body)
        if mass:
            self.bodies.append(body)
        return body

    def run(self, steps: int) -> list[object]:
        lines: list[object] = []
        for step in range(1, steps + 1):
            self.world.stepSimulation(1 / 64, 0, 1 / 64)
            for body in self.bodies if step % 10 == 0 else ():
                transform = body.getWorldTransform()
                origin, turn = transform.getOrigin(), transform.getRotation()
                at = [origin.x(), origin.y(), origin.z(), turn.x(), turn.y(), turn.z(), turn.w()]
                lines.append([step, *at, body.getLinearVelocity().length()])
        return lines


def fall(ammo: Any) -> list[object]:
    scene = Scene(ammo)
    scene.add(ammo.btStaticPlaneShape(scene.vector(0, 1, 0), 0), 0, 0, 0, 0).setRestitution(0.5)
    box = ammo.btBoxShape(scene.vector(0.5, 0.5, 0.5))
    for height in (0.5, 1.5, 2.5):
        scene.add(box, 1, height / 8, height, 0)
    scene.add(ammo.btSphereShape(0.75), 4, 0.25, 6, 0.125).setRestitution(0.75)
    with scene.world as world:
        lines = scene.run(120)
        dispatcher = world.getDispatcher()
        lines.append(dispatcher.getNumManifolds())
        for index in range(dispatcher.getNumManifolds()):
            manifold = dispatcher.getManifoldByIndexInternal(index)
            for contact in range(manifold.getNumContacts()):
                lines.append([index, manifold.getContactPoint(contact).getDistance()])
    return lines


def rays(ammo: Any) -> list[object]:
    scene = Scene(ammo)
    shapes = [
        (ammo.btBoxShape(scene.vector(1, 1, 1)), 0, 0),
        (ammo.btSphereShape(1.5), 4, 0),
        (ammo.btConeShape(1, 2), -4, 0),
        (ammo.btCylinderShape(scene.vector(1, 2, 1)), 0, 4),
        (ammo.btCapsuleShape(0.5, 2), 0, -4),
    ]
    for index, (shape, x, z) in enumerate(shapes):
        scene.add(shape, 0, x, 0, z).setUserIndex(index)
    return [_hit(scene, x, z) for x in range(-5, 6) for z in (-4, 0, 0.25, 4)]


def _hit(scene: Scene, x: float, z: float) -> object:
    start, end = scene.vector(x, 8, z), scene.vector(x / 2, -8, z)
    hit = scene.ammo.ClosestRayResultCallback(start, end)
    scene.world.rayTest(start, end, hit)
    if not hit.hasHit():
        return [x, z, hit.hasHit()]
    point, normal = hit.get_m_hitPointWorld(), hit.get_m_hitNormalWorld()
    index = scene.ammo.btRigidBody.at(hit.get_m_collisionObject()).getUserIndex()
    return [x, z, index, point.x(), point.y(), point.z(), normal.x(), normal.y(), normal.z()]


def pendulum(ammo: Any) -> list[object]:
    scene = Scene(ammo)
    post = scene.add(ammo.btBoxShape(scene.vector(0.25, 0.25, 0.25)), 0, 0, 4, 0)
    bob = scene.add(ammo.btSphereShape(0.5), 2, 1, 4, 0)
    pivots, axis = [scene.vector(0, 0, 0), scene.vector(-1, 0, 0)], scene.vector(0, 0, 1)
    scene.world.addConstraint(ammo.btHingeConstraint(post, bob, *pivots, axis, axis, True), True)
    load = scene.add(ammo.btSphereShape(0.25), 1, 1, 2.5, 0.5)
    frames = [scene.place(0, -1, 0), scene.place(0, 0.5, 0)]
    spring = ammo.btGeneric6DofSpringConstraint(bob, load, *frames, True)
    spring.enableSpring(1, True)
    spring.setStiffness(1, 40)
    spring.setDamping(1, 0.5)
    scene.world.addConstraint(spring, False)
    bob.applyCentralImpulse(scene.vector(0, -3, 1))
    bob.setActivationState(4)
    load.setAngularVelocity(scene.vector(0, 2, 0))
    return [*scene.run(150), bob.isActive()]


def terrain(ammo: Any) -> list[object]:
    scene = Scene(ammo)
    mesh = ammo.btTriangleMesh(True, True)

    def corner(x: int, z: int) -> Any:
        return scene.vector(4 * x, -x - z % 2 / 4, 4 * z)

    for x in range(-2, 3):
        for z in range(-2, 2):
            mesh.addTriangle(corner(x, z), corner(x, z + 1), corner(x + 1, z), False)
            mesh.addTriangle(corner(x + 1, z), corner(x, z + 1), corner(x + 1, z + 1), False)
    scene.add(ammo.btBvhTriangleMeshShape(mesh, True, True), 0, 0, 0, 0).setFriction(0.75)
    hull = ammo.btConvexHullShape()
    for index in range(12):
        hull.addPoint(scene.vector(index * 5 % 7 / 4 - 0.75, index % 3 / 2 - 0.5, index * 3 % 5 / 4 - 0.5), True)
    scene.add(hull, 2, -4, 4, 0.5)
    pair = ammo.btCompoundShape()
    pair.addChildShape(scene.place(-0.5, 0, 0), ammo.btSphereShape(0.5))
    pair.addChildShape(scene.place(0.5, 0, 0), ammo.btBoxShape(scene.vector(0.5, 0.25, 0.25)))
    scene.add(pair, 1, -2, 3, -1).setDamping(0.125, 0.25)
    return [hull.getNumVertices(), pair.getMargin(), *scene.run(150)]
